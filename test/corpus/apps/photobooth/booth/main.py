"""Photobooth backend: guests upload, the host approves, everyone gets prints."""
import logging
import os

from fastapi import Depends, FastAPI, HTTPException, Request, WebSocket
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse

from booth import mw, printing
from booth.deps import guest, host

APP_ENV = os.getenv("APP_ENV")
PRODUCTION = APP_ENV in ("prod", "production")
logging.basicConfig(level="INFO" if PRODUCTION else "DEBUG")
logger = logging.getLogger("booth")


def create_app() -> FastAPI:
    app = FastAPI(
        title="photobooth",
        docs_url="/docs" if APP_ENV == "dev" else None,
        redoc_url=None,
        openapi_url="/openapi.json" if APP_ENV == "dev" else None,
    )
    app.add_middleware(
        CORSMiddleware,
        allow_origins=os.getenv("CORS_ORIGINS", "*").split(","),
        allow_headers=["*"],
    )
    app.middleware("http")(mw.event_open)
    app.middleware("http")(mw.timing)
    app.add_middleware(mw.RequireEventCode)
    app.add_middleware(mw.UploadGuard, max_bytes=15_000_000)
    app.add_middleware(mw.SecureHeaders)
    app.add_middleware(mw.RequestId)
    return app


app = create_app()


@app.middleware("http")
async def block_bots(request: Request, call_next):
    agent = request.headers.get("user-agent", "").lower()
    if "bot" in agent or not agent:
        logger.info("bot refused: %s", agent)
        raise HTTPException(status_code=403, detail="no bots")
    return await call_next(request)


@app.exception_handler(HTTPException)
async def http_error(request: Request, exc: HTTPException):
    if exc.status_code == 401 and request.url.path.startswith("/host"):
        raise exc
    return JSONResponse({"detail": exc.detail}, status_code=exc.status_code)


@app.post("/photos")
async def photo(request: Request, who: str = Depends(guest)):
    form = await request.form()
    return {"id": printing.enqueue(who, await form["photo"].read())}


@app.post("/host/approve/{photo_id}")
async def approve(photo_id: str, _: None = Depends(host)):
    printing.approve(photo_id)
    return {"ok": True}


@app.post("/host/reject/{photo_id}")
async def reject(photo_id: str):
    printing.reject(photo_id)
    return {"ok": True}


@app.get("/wall", response_class=HTMLResponse)
async def wall(who: str = Depends(guest)):
    names = printing.names()
    return "<ul>" + "".join(f"<li>{n}</li>" for n in names) + "</ul>"


@app.websocket("/live")
async def live(ws: WebSocket, who: str = Depends(guest)):
    await ws.accept()
    try:
        async for line in printing.events():
            await ws.send_text(line)
    except Exception as exc:
        logger.exception("live")
        await ws.send_json({"error": str(exc)})
        await ws.close()


@app.get("/log")
async def tail(_: None = Depends(host)):
    def lines():
        with open("/var/log/booth.log") as fh:
            yield from fh

    return StreamingResponse(lines(), media_type="text/plain")


@app.get("/status")
async def status():
    return {"status": "ok", "queue": printing.length()}
