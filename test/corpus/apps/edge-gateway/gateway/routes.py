import logging
import os
import sys

import httpx
from fastapi import APIRouter, Depends, HTTPException, Request, Response

from gateway.conf import conf
from gateway.errors import GatewayError
from gateway.guards import ensure_json, optional_partner, require_operator

log = logging.getLogger(__name__)
router = APIRouter()
admin = APIRouter()
client = httpx.AsyncClient(base_url=conf.upstream, timeout=httpx.Timeout(10.0, connect=2.0))


@router.get("/live")
def live():
    return Response(status_code=204)


@router.post("/core/{path:path}", dependencies=[Depends(ensure_json)])
async def forward(path: str, request: Request, partner: str | None = Depends(optional_partner)):
    try:
        upstream = await client.post("/" + path, content=await request.body(), headers={"x-internal": conf.internal_secret})
    except httpx.HTTPError as exc:
        log.error("upstream failed: %r", exc)
        raise GatewayError(502, "upstream unavailable")
    return Response(upstream.content, upstream.status_code, media_type=upstream.headers.get("content-type"))


@admin.post("/flush", dependencies=[Depends(require_operator)])
async def flush():
    return {"flushed": True}


@admin.get("/tenants", dependencies=[Depends(require_operator)])
async def tenants():
    return {"tenants": sorted(conf.partners.values())}


@admin.get("/routes")
async def list_routes(request: Request):
    return [r.path for r in request.app.routes]


@admin.get("/env", dependencies=[Depends(require_operator)])
async def dump():
    return {"argv": sys.argv, "env": dict(os.environ)}
