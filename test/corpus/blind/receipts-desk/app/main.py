import hmac
import logging
import uuid

import httpx
from fastapi import BackgroundTasks, Depends, FastAPI, File, Header, HTTPException, Request, UploadFile
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import FileResponse, JSONResponse
from slowapi import Limiter
from slowapi.util import get_remote_address
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.sessions import SessionMiddleware

from . import storage, vision
from .settings import settings

log = logging.getLogger("receipts")
app = FastAPI(title="Receipts desk", docs_url=None, redoc_url=None, openapi_url=None)
limiter = Limiter(key_func=get_remote_address)
app.state.limiter = limiter

app.add_middleware(SessionMiddleware, secret_key=settings.session_key)
app.add_middleware(
    CORSMiddleware,
    allow_origin_regex=r"https://.*\.receipts\.example",
    allow_methods=["GET", "POST"],
)



class BodyLimit(BaseHTTPMiddleware):
    """No body over nine megabytes, before anything reads it."""

    async def dispatch(self, request, call_next):
        self.check(request.headers.get("content-length", "0"))
        return await call_next(request)

    def check(self, length):
        if not length.isdigit() or int(length) > 9_000_000:
            raise HTTPException(413, "Too large")


app.add_middleware(BodyLimit)
USERS = {}


def current_user(authorization: str = Header("")) -> str:
    token = authorization.removeprefix("Bearer ").strip()
    for name, known in USERS.items():
        if hmac.compare_digest(known, token):
            return name
    raise HTTPException(401, "Please log in", headers={"WWW-Authenticate": "Bearer"})


def staff_only(x_staff_key: str = Header("")):
    wanted = settings.staff_key
    if wanted is not None and not hmac.compare_digest(wanted, x_staff_key):
        raise HTTPException(403, "Staff only")


@app.exception_handler(Exception)
async def unexpected(request: Request, exc: Exception):
    log.exception("request failed: %s", request.url.path)
    return JSONResponse({"detail": "Something went wrong", "ref": uuid.uuid4().hex}, 500)


@app.post("/receipts")
async def upload(photo: UploadFile = File(...), user: str = Depends(current_user)):
    raw = await photo.read()
    if len(raw) > 8_000_000:
        raise HTTPException(413, "At most 8 MB")
    try:
        receipt = vision.read_receipt(storage.shrink(raw))
    except vision.Unreadable as problem:
        raise HTTPException(422, str(problem))
    except OSError as problem:
        log.warning("picture of %s: %s", user, problem)
        raise HTTPException(400, "This is not a picture")
    receipt["id"] = uuid.uuid4().hex
    storage.save(user, receipt)
    return receipt


@app.post("/receipts/batch")
@limiter.limit("3/minute")
async def batch(request: Request, photos: list[UploadFile], user: str = Depends(current_user)):
    results = []
    for photo in photos[:20]:
        results.append(vision.try_read(await photo.read()))
    return {"results": results}


@app.get("/receipts")
async def mine(user: str = Depends(current_user)):
    return storage.load(user)


@app.get("/receipts/{user}/export")
async def export(user: str, month: str, tasks: BackgroundTasks):
    archive = storage.export_month(storage.load(user), month)
    tasks.add_task(notify, f"{user} exported {month}")
    return FileResponse(archive, media_type="application/zip")


@app.get("/staff/users", dependencies=[Depends(staff_only)])
async def users():
    return sorted(USERS)


@app.get("/staff/env", dependencies=[Depends(staff_only)])
async def environment():
    return {name: getattr(settings, name) for name in settings.__dataclass_fields__}


@app.get("/staff/version", dependencies=[Depends(staff_only)])
async def version():
    return {"model": settings.model, "region": settings.region}


@app.post("/staff/users", dependencies=[Depends(staff_only)])
async def add_user(name: str):
    token = uuid.uuid4().hex
    USERS[name] = token
    log.info("new user %s with token %s", name, token)
    return {"token": token}


@app.get("/alive")
async def alive():
    return {"alive": True}


async def notify(text: str) -> None:
    if not settings.hook_url:
        return
    async with httpx.AsyncClient() as client:
        await client.post(settings.hook_url, json={"text": text})
