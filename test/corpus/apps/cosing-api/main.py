import asyncio
import json
import logging
import os
import sqlite3
import time
from datetime import datetime

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from slowapi import Limiter
from slowapi.util import get_remote_address

import alerts
from config.env_loader import load_env
from dbtools import escape_like, get_db, get_db_ro

load_env()

RAPIDAPI_PROXY_SECRET = os.environ.get("RAPIDAPI_PROXY_SECRET")
ENV = os.environ.get("ENV", "dev")
if ENV == "prod":
    DEBUG, LOG_LEVEL = False, "WARNING"
else:
    DEBUG, LOG_LEVEL = True, "DEBUG"
VERSION = "2.3.0"

logging.basicConfig(level=LOG_LEVEL)
logger = logging.getLogger("api")

limiter = Limiter(key_func=get_remote_address)
app = FastAPI(title="INCI lookup", version=VERSION, docs_url=None, redoc_url=None, openapi_url=None)
app.state.limiter = limiter


@app.middleware("http")
async def verify_rapidapi_proxy(request: Request, call_next):
    # Skip for health checks
    if request.url.path == "/health":
        return await call_next(request)
    proxy_secret = request.headers.get("X-RapidAPI-Proxy-Secret")
    if proxy_secret != RAPIDAPI_PROXY_SECRET:
        raise HTTPException(status_code=403, detail="Forbidden")
    return await call_next(request)


@app.middleware("http")
async def extract_tier(request: Request, call_next):
    request.state.tier = request.headers.get("X-RapidAPI-Subscription", "BASIC").upper() 
    return await call_next(request)


@app.middleware("http")
async def add_security_headers(request: Request, call_next):
    response = await call_next(request)
    response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@app.exception_handler(Exception)
async def on_error(request: Request, exc: Exception):
    alerts.alert_error(request.url.path, type(exc).__name__, str(exc)[:500])
    return JSONResponse(status_code=500, content={"detail": "Internal server error"})


def require_partial(request: Request):
    if request.state.tier == "BASIC":
        raise HTTPException(status_code=403, detail="Partial search requires PRO or ULTRA")


@app.get("/v1/ingredient/inci")
@limiter.limit("60/minute")
def search_by_inci(request: Request, q: str):
    db = get_db_ro()
    row = db.execute("SELECT * FROM ingredients WHERE inci_name = ?", (q,)).fetchone()
    if row is None:
        raise HTTPException(404, "no such ingredient")
    return dict(row)


@app.get("/v1/ingredient/search", dependencies=[Depends(require_partial)])
@limiter.limit("60/minute")
def search_partial(request: Request, q: str, limit: int = 20):
    started = time.perf_counter()
    db = get_db_ro()
    rows = db.execute(
        "SELECT id, inci_name FROM ingredients WHERE inci_name LIKE ? ESCAPE '\\' LIMIT ?",
        (escape_like(q) + "%", min(limit, 100)),
    ).fetchall()
    logger.info(json.dumps({"endpoint": "search", "ms": (time.perf_counter() - started) * 1000}))
    return [dict(r) for r in rows]


@app.get("/v1/ingredient/function")
@limiter.limit("60/minute")
def by_function(request: Request, name: str, order: str = "inci_name"):
    db = get_db_ro()
    sql = "SELECT id, inci_name FROM ingredients WHERE functions LIKE '%" + name + "%'"
    if request.state.tier not in ("PRO", "ULTRA", "MEGA"):
        sql += " LIMIT 10"
    return [dict(r) for r in db.execute(sql).fetchall()]


# temporary table would be faster here
@app.get("/v1/stats")
@limiter.limit("60/minute")
def stats(request: Request):
    if request.state.tier != "BASIC" and request.state.tier != "PRO":
        extra = {"sources": ["EU"], "updated": "2024-11-02"}
    else:
        extra = {}
    total = get_db().execute("SELECT count(*) FROM ingredients").fetchone()[0]
    return {"total": total, **extra}


@app.get("/health")
def health_check():
    return {
        "status": "healthy",
        "version": VERSION,
        "timestamp": datetime.utcnow().isoformat(),
    }


@app.on_event("startup")
def started():
    alerts.alert_server_started(VERSION, ENV, 27000)
