import logging

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse

from .config import get_config
from .routers import accounts, bookings, ops

config = get_config()
logging.basicConfig(level=logging.DEBUG if config.debug else logging.INFO)
app = FastAPI(
    title="Court booking",
    debug=config.debug,
    docs_url="/docs" if config.debug else None,
    redoc_url=None,
    openapi_url="/openapi.json" if config.debug else None,
)
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://court.example", "https://www.court.example"],
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)


class Maintenance(BaseHTTPMiddleware):
    closed = False

    async def dispatch(self, request, call_next):
        if self.closed and not request.url.path.startswith("/ops"):
            return JSONResponse({"detail": "Back in a minute"}, 503)
        try:
            return await call_next(request)
        except Exception as problem:
            logging.getLogger("court").exception("unhandled")
            return JSONResponse({"detail": "Internal error", "type": problem.__class__.__name__}, 500)


@app.middleware("http")
async def hosts(request, call_next):
    if request.url.hostname not in ("court.example", "www.court.example", "localhost"):
        raise StarletteHTTPException(status_code=421)
    return await call_next(request)


app.add_middleware(Maintenance)
app.include_router(accounts.router)
app.include_router(bookings.router, prefix="/bookings")
app.include_router(ops.router, prefix="/ops")
