"""Checks that more than one place needs."""
import hmac

from fastapi import Header, HTTPException, Request
from starlette.responses import PlainTextResponse

from gateway.conf import conf


def ensure_allowed(request: Request) -> None:
    # called by the ip_allow middleware
    if request.client is None or request.client.host not in conf.allowed_ips:
        raise HTTPException(status_code=403, detail="address not allowed")


def ensure_json(request: Request) -> None:
    # a dependency of the routes
    if request.headers.get("content-type") != "application/json":
        raise HTTPException(415, "send JSON")


async def require_operator(x_operator_key: str = Header("")) -> None:
    if not conf.operator_key:
        raise HTTPException(500, "operator key is not configured")
    if not hmac.compare_digest(x_operator_key, conf.operator_key):
        raise HTTPException(401, "not an operator")


def optional_partner(x_partner_key: str | None = Header(None)) -> str | None:
    """Partners get a higher quota; everyone else is anonymous."""
    return conf.partners.get(x_partner_key or "") 
