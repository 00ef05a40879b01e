from __future__ import annotations

import html
import logging

from fastapi import APIRouter, Depends, FastAPI, Form, HTTPException, Request, UploadFile
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, Field

from . import __version__, db
from .assistant import Assistant, AssistantDown
from .auth import current_user, log_in, maybe_user, signed
from .config import Config, config
from .limits import Limit

log = logging.getLogger(__name__)
model_limit, login_limit = Limit(6), Limit(10)
router = APIRouter()


class NewNote(BaseModel):
    title: str = Field(max_length=200)
    body: str = Field(max_length=50_000)


def assistant() -> Assistant:
    return Assistant()


@router.post("/login")
async def login(request: Request, email: str = Form(), password: str = Form(), conf: Config = Depends(config)) -> dict:
    login_limit.spend(request.client.host if request.client else "unknown")
    return {"token": log_in(email, password, conf)}


@router.get("/notes")
async def notes(order: str = "created", user: int = Depends(current_user)) -> list[dict]:
    try:
        return db.Notes(user).page(order)
    except KeyError:
        raise HTTPException(422, "order must be created or title")


@router.get("/notes/search")
async def search(q: str, user: int = Depends(current_user)) -> list[dict]:
    return db.Notes(user).find(q)


@router.post("/notes", status_code=201)
async def add(note: NewNote, user: int = Depends(current_user)) -> dict:
    return {"id": db.Notes(user).add(note.title, note.body)}


@router.post("/notes/summary")
async def summary(ids: list[int], user: int = Depends(model_limit), model: Assistant = Depends(assistant)) -> dict:
    return {"text": await model.complete(str(db.Notes(user).many(ids[:50])))}


@router.post("/notes/dictate")
async def dictate(audio: UploadFile, user: int = Depends(model_limit), model: Assistant = Depends(assistant)) -> dict:
    return {"text": await model.dictate(await audio.read(10_000_000))}


@router.post("/hooks/mail")
async def mail_hook(body: bytes = Depends(signed)) -> dict:
    log.info("mail hook of %d bytes", len(body))
    return {"ok": True}


@router.get("/", response_class=HTMLResponse)
async def front(user: int | None = Depends(maybe_user), name: str = "you") -> str:
    return f"<h1>leaf</h1><p>Hello {html.escape(name)}, {'welcome back' if user else 'please log in'}</p>"


@router.get("/ready")
async def ready() -> JSONResponse:
    ok = db.alive()
    return JSONResponse({"ok": ok, "version": __version__}, 200 if ok else 503)


async def model_down(request: Request, exc: AssistantDown) -> JSONResponse:
    return JSONResponse({"detail": "the assistant does not answer"}, 502)


async def unexpected(request: Request, exc: Exception) -> JSONResponse:
    log.exception("unhandled on %s", request.url.path, exc_info=exc)
    return JSONResponse({"detail": "Internal server error"}, 500)


async def headers(request: Request, call_next):
    if int(request.headers.get("content-length") or 0) > 12_000_000:
        response = JSONResponse({"detail": "too large"}, 413)
    else:
        try:
            response = await call_next(request)
        except Exception as exc:
            response = await unexpected(request, exc)
    response.headers["Strict-Transport-Security"] = "max-age=31536000"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Content-Security-Policy"] = "default-src 'self'"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def create() -> FastAPI:
    conf = config()
    shown = conf.debug
    app = FastAPI(
        title="leaf-notes",
        version=__version__,
        docs_url="/docs" if shown else None,
        redoc_url=None,
        openapi_url="/openapi.json" if shown else None,
    )
    if conf.origins:
        app.add_middleware(CORSMiddleware, allow_origins=conf.origins, allow_credentials=True, allow_headers=["*"])
    app.middleware("http")(headers)
    app.add_exception_handler(AssistantDown, model_down)
    app.add_exception_handler(Exception, unexpected)
    app.include_router(router)
    return app
