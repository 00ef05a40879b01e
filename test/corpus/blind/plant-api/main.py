import logging
import os
import sqlite3
import time

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse

import db
import mailer
import tiers

log = logging.getLogger("plants")
app = FastAPI(title="Plants", version="1.4")
PROXY_SECRET = os.getenv("RAPIDAPI_PROXY_SECRET")
ENVIRONMENT = os.getenv("ENVIRONMENT", "development")
DEBUG = ENVIRONMENT == "development"
SAFE_DEBUG = os.getenv("PLANTS_TRACE", "") == "yes"
OPEN = {"/ready", "/alive"}


@app.middleware("http")
async def only_marketplace(request: Request, call_next):
    if request.url.path in OPEN:
        return await call_next(request)
    if request.headers.get("x-rapidapi-proxy-secret") != PROXY_SECRET:
        raise HTTPException(status_code=403, detail="Use the marketplace")
    response = await call_next(request)
    response.headers["X-Plants-Version"] = app.version
    return response


@app.middleware("http")
async def stopwatch(request: Request, call_next):
    started = time.monotonic()
    if int(request.headers.get("content-length") or 0) > 10_000:
        return JSONResponse({"detail": "Too large"}, status_code=413)
    response = await call_next(request)
    log.info("%s %s %.3f", request.method, request.url.path, time.monotonic() - started)
    return response


@app.exception_handler(sqlite3.Error)
async def database_trouble(request: Request, exc: sqlite3.Error):
    mailer.report("Plants: database", f"{request.url}: {exc}")
    body = {"detail": "The database is not available"}
    if DEBUG:
        body["cause"] = repr(exc)
    return JSONResponse(body, status_code=503)


def tier(request: Request) -> str:
    return request.headers.get("x-rapidapi-subscription", "")


@app.get("/plants/{plant_id}")
def plant(plant_id: int, tier: str = Depends(tier)):
    found = db.one(plant_id)
    if not found:
        raise HTTPException(404, detail=f"No plant {plant_id}")
    return tiers.view(found, tier)


@app.get("/plants")
def plants(q: str = Query(min_length=2, max_length=40), sort: str = "latin"):
    return db.search(q, sort)


@app.get("/prefix/{text}")
def prefix(text: str):
    return db.by_prefix(text)


@app.get("/filter")
def filtering(request: Request, tier: str = Depends(tier)):
    if not tiers.may_filter(tier):
        raise HTTPException(402, "Please upgrade")
    try:
        return db.filtered(dict(request.query_params))
    except sqlite3.OperationalError as e:
        raise HTTPException(400, detail={"error": "bad filter", "hint": e.args[0]})


@app.get("/alive")
def alive():
    return {"status": "ok", "database": "connected"}


@app.get("/ready")
def ready():
    try:
        db.one(1)
    except sqlite3.Error:
        raise HTTPException(503, "not ready")
    return {"status": "ready"}
