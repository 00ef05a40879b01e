import logging

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from slowapi import _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded
from slowapi.middleware import SlowAPIMiddleware

from . import db
from .config import get_settings
from .limits import limiter
from .routes import router

settings = get_settings()
logging.basicConfig(level=logging.DEBUG if settings.debug else logging.INFO)

app = FastAPI(
    docs_url="/docs" if settings.environment == "local" else None,
    redoc_url=None,
    openapi_url="/openapi.json" if settings.environment == "local" else None,
)
app.state.limiter = limiter
app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)
app.add_middleware(SlowAPIMiddleware)
app.add_middleware(
    CORSMiddleware,
    allow_origins=settings.allowed_origins,
    allow_methods=["GET", "POST"],
    allow_headers=["Authorization", "Content-Type"],
)
app.include_router(router)


@app.middleware("http")
async def headers(request: Request, call_next):
    try:
        response = await call_next(request)
    except Exception:
        logging.exception("unhandled")
        response = JSONResponse({"detail": "Internal server error"}, status_code=500)
    response.headers["Strict-Transport-Security"] = "max-age=31536000"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@app.on_event("startup")
def open_pool():
    db.pool.open()


@app.get("/health")
def health():
    try:
        ok = db.ping()
    except Exception:
        ok = False
    return JSONResponse({"ok": ok}, status_code=200 if ok else 503)
