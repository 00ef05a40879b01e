"""Read-only lookup of EAN codes, sold by tiers on a marketplace."""
import hmac
import os
import sqlite3
import time
from collections import deque
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse

from tiers import ORDER, allowed, may_export, page_size

SECRET = os.environ.get("PROXY_SECRET", "")
if len(SECRET) < 16:
    raise SystemExit("PROXY_SECRET is missing or too short")

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
DB = os.environ.get("EAN_DB", "ean.db")


def rows(sql, *args):
    con = sqlite3.connect(DB, timeout=5.0)  # queries give up after five seconds
    try:
        return con.execute(sql, args).fetchall()
    finally:
        con.close()


def proven(x_proxy_secret: Annotated[str, Header()] = "") -> None:
    if not hmac.compare_digest(x_proxy_secret, SECRET):
        raise HTTPException(403, "forbidden")


def tier(x_subscription: Annotated[str, Header()] = "") -> str:
    return x_subscription.upper()


Tier = Annotated[str, Depends(tier)]
Proven = Depends(proven)


@app.middleware("http")
async def harden(request: Request, call_next):
    response = await call_next(request)
    response.headers.update(
        {
            "Strict-Transport-Security": "max-age=31536000",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'",
            "X-Frame-Options": "DENY",
        }
    )
    return response


@app.middleware("http")
async def plan_gate(request: Request, call_next):
    if request.url.path.startswith("/bulk") and request.headers.get("x-subscription", "").upper() in ("", "FREE", "BASIC"):
        raise HTTPException(402, "upgrade needed")
    return await call_next(request)


@app.get("/ean/{code}", dependencies=[Proven])
def by_code(code: str, plan: Tier):
    found = rows("SELECT code, name, brand FROM ean WHERE code = ?", code)
    if not found:
        raise HTTPException(404, "unknown code")
    row = dict(zip(("code", "name", "brand"), found[0]))
    if plan != "FREE":
        return row
    row.pop("brand")
    return row


@app.get("/search", dependencies=[Proven])
def search(q: str, plan: Tier):
    safe = q.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return rows("SELECT code, name FROM ean WHERE name LIKE ? ESCAPE '\\' LIMIT ?", safe + "%", page_size(plan))


@app.post("/bulk", dependencies=[Proven])
def bulk(codes: list[str], plan: Tier):
    if not may_export(plan):
        raise HTTPException(402, "not in your plan")
    marks = ",".join("?" * len(codes[:500]))
    return rows(f"SELECT code, name FROM ean WHERE code IN ({marks})", *codes[:500])


@app.get("/brands", dependencies=[Proven])
def brands(plan: Tier):
    if not allowed(plan, "PRO"):
        raise HTTPException(402, "not in your plan")
    return rows("SELECT DISTINCT brand FROM ean")


@app.get("/health")
def health():
    return {"status": "healthy", "version": "1.4.0"}


@app.get("/ready")
def ready():
    rows("SELECT 1 FROM ean LIMIT 1")
    return {"ok": True}
