import logging

from fastapi import HTTPException, Request
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse, Response

from gateway import errors
from gateway.conf import conf

logger = logging.getLogger(__name__)


class TenantMiddleware(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next) -> Response:
        tenant = request.headers.get("x-tenant")
        if not tenant:
            raise HTTPException(status_code=400, detail="x-tenant missing")
        request.state.tenant = tenant
        return await call_next(request)


class BodyLimit(BaseHTTPMiddleware):
    def __init__(self, app, limit: int):
        super().__init__(app)
        self.limit = limit

    async def dispatch(self, request, call_next):
        size = int(request.headers.get("content-length") or 0)
        if size > self.limit:
            return JSONResponse({"detail": "too large"}, 413)
        return await call_next(request)


class Maintenance(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        try:
            self._check(request)
        except StarletteHTTPException as exc:
            return errors.problem(exc.status_code, "down for maintenance") 
        return await call_next(request)

    def _check(self, request):
        if conf.maintenance and not request.url.path.startswith("/admin"):
            raise StarletteHTTPException(503)


async def require_client_id(request: Request, call_next):
    client_id = request.headers.get("x-client-id", "")
    if len(client_id) < 8:
        logger.warning("client id missing on %s", request.url.path)
        raise StarletteHTTPException(401, "client id required")
    return await call_next(request)


async def geo_block(request: Request, call_next):
    country = request.headers.get("cf-ipcountry", "XX")
    response = await call_next(request)
    if country in {"KP"}:
        raise HTTPException(451)
    response.headers["x-country"] = country
    return response


class AsgiKey:
    """Plain ASGI: refuses requests without the internal secret."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        given = dict(scope["headers"]).get(b"x-internal", b"").decode()
        if given == conf.internal_secret or scope["path"] == "/live":
            return await self.app(scope, receive, send)
        answer = JSONResponse({"detail": "forbidden"}, 403)
        await answer(scope, receive, send)
