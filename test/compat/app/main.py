"""A small API of cosmetic ingredients behind a marketplace, as such APIs are usually written with FastAPI.

The tests run it beside Sallyport and compare every answer. It is not an example to follow: its doors are left as
they are commonly left, and justified.jsonl says which of them the comparison found.
"""

import os
import sqlite3
import time
from datetime import datetime
from enum import Enum

from fastapi import FastAPI, HTTPException, Path, Query, Request
from fastapi.responses import JSONResponse

DATABASE = os.environ["DATABASE"]
PROXY_SECRET = os.environ.get("RAPIDAPI_PROXY_SECRET")
PER_MINUTE = int(os.environ.get("PER_MINUTE", "60"))

ROWS = {"BASIC": 10, "PRO": 30, "ULTRA": 50}
ANNEXES = {"PRO": ["II", "III"]}
EVERY_ANNEX = ["II", "III", "IV", "V", "VI"]

FIELDS = {
    "BASIC": ["code", "inci_name", "kr_name", "cas_no", "functions", "status"],
    "PRO": ["code", "inci_name", "kr_name", "cas_no", "functions", "status", "ec_no", "inn_name"],
}
EVERY_FIELD = FIELDS["PRO"] + ["description", "updated"]

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
counts = {}


class Status(str, Enum):
    prohibited = "Prohibited"
    restricted = "Restricted"
    colorant = "Colorant"
    preservative = "Preservative"
    uv_filter = "UV filter"
    not_listed = "Not listed"


class Annex(str, Enum):
    two = "II"
    three = "III"
    four = "IV"
    five = "V"
    six = "VI"


class Field(str, Enum):
    everything = "all"
    inci = "inci"
    kr = "kr"
    cas = "cas"


@app.middleware("http")
async def check_proxy_secret(request: Request, call_next):
    if request.url.path != "/health":
        if request.headers.get("X-RapidAPI-Proxy-Secret") != PROXY_SECRET:
            raise HTTPException(status_code=403, detail="Forbidden")
    return await call_next(request)


@app.middleware("http")
async def read_tier(request: Request, call_next):
    request.state.tier = request.headers.get("X-RapidAPI-Subscription", "BASIC").upper()
    return await call_next(request)


@app.middleware("http")
async def require_https(request: Request, call_next):
    response = await call_next(request)
    response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response


@app.exception_handler(Exception)
async def hide_failures(request: Request, failure: Exception):
    return JSONResponse(status_code=500, content={"detail": "Internal server error"})


def ask(sql, *values):
    connection = sqlite3.connect(f"file:{DATABASE}?mode=ro", uri=True, timeout=5.0)
    connection.row_factory = sqlite3.Row
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def literal(text):
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def rows_of(request):
    return ROWS.get(request.state.tier, 50)


def shown(request, row):
    return {name: row[name] for name in FIELDS.get(request.state.tier, EVERY_FIELD)}


def some(request, rows):
    return {"success": True, "count": len(rows), "data": [shown(request, row) for row in rows]}


def count_request(request):
    """At most PER_MINUTE requests a minute for each client, which behind a marketplace is everybody."""
    now = time.monotonic()
    start, count = counts.get(request.client.host, (now, 0))
    if now - start >= 60:
        start, count = now, 0
    counts[request.client.host] = (start, count + 1)
    if count >= PER_MINUTE:
        raise HTTPException(status_code=429, detail=f"Rate limit exceeded: {PER_MINUTE} per 1 minute")


@app.get("/health")
def health():
    return {"status": "healthy", "version": "2.3.0", "timestamp": datetime.utcnow().isoformat()}


def by_prefix(request, column, query, also=""):
    count_request(request)
    start = literal(query) + "%"
    sql = f"SELECT * FROM ingredients WHERE {column} LIKE ? ESCAPE '\\' "
    values = [start]
    if also:
        sql += f"OR {column} LIKE ? ESCAPE '\\' "
        values.append("%" + also + start)
    return some(request, ask(sql + f"ORDER BY {column}, code LIMIT ?", *values, rows_of(request)))


@app.get("/v1/ingredient/inci")
def search_inci(request: Request, q: str = Query(min_length=2, max_length=100)):
    return by_prefix(request, "inci_name", q)


@app.get("/v1/ingredient/cas")
def search_cas(request: Request, q: str = Query(min_length=2, max_length=20)):
    return by_prefix(request, "cas_no", q, also=", ")


@app.get("/v1/ingredient/kr")
def search_kr(request: Request, q: str = Query(min_length=2, max_length=100)):
    return by_prefix(request, "kr_name", q)


@app.get("/v1/ingredient/search")
def search_part(request: Request, q: str = Query(min_length=2, max_length=100), field: Field = Field.everything):
    if request.state.tier == "BASIC":
        raise HTTPException(status_code=403, detail="Partial search requires PRO or ULTRA tier")
    columns = {"inci": ["inci_name"], "kr": ["kr_name"], "cas": ["cas_no"]}.get(field.value, ["inci_name", "kr_name", "cas_no"])
    where = " OR ".join(f"{column} LIKE ? ESCAPE '\\'" for column in columns)
    part = "%" + literal(q) + "%"
    sql = f"SELECT * FROM ingredients WHERE {where} ORDER BY code LIMIT ?"
    return some(request, ask(sql, *[part for _ in columns], rows_of(request)))


@app.get("/v1/ingredient/status")
def list_by_status(request: Request, s: Status, page: int = Query(1, ge=1)):
    total = ask("SELECT count(*) FROM ingredients WHERE status = ?", s.value)[0][0]
    size = rows_of(request)
    rows = ask(
        "SELECT * FROM ingredients WHERE status = ? ORDER BY inci_name, code LIMIT ? OFFSET ?", s.value, size, (page - 1) * size
    )
    data = [shown(request, row) for row in rows]
    return {"success": True, "count": len(data), "total": total, "page": page, "data": data}


def one(code):
    rows = ask("SELECT * FROM ingredients WHERE code = ?", code)
    if not rows:
        raise HTTPException(status_code=404, detail="Ingredient not found")
    return rows[0]


@app.get("/v1/ingredient/{code}")
def get_ingredient(request: Request, code: int = Path()):
    return {"success": True, "data": shown(request, one(code))}


@app.get("/v1/ingredient/{code}/regulations")
def get_regulations(request: Request, code: int = Path(), annex: Annex = None):
    refusal = HTTPException(status_code=403, detail="Regulation details require a higher tier")
    if request.state.tier == "BASIC":
        raise refusal
    allowed = ANNEXES.get(request.state.tier, EVERY_ANNEX)
    if annex is not None:
        if annex.value not in allowed:
            raise refusal
        allowed = [annex.value]
    data = []
    for entry in (one(code)["annex_codes"] or "").split(", "):
        for row in ask("SELECT annex, number, substance, maximum FROM regulations WHERE entry = ?", entry):
            if row["annex"] in allowed:
                data.append(dict(row))
    return {"success": True, "count": len(data), "data": data}


@app.get("/v1/stats")
def stats():
    names = ["ingredients", "regulations"]
    return {"success": True, "data": {name: ask(f"SELECT count(*) FROM {name}")[0][0] for name in names}}
