import logging
import time
import uuid
from contextvars import ContextVar

from fastapi import HTTPException, Request, status
from starlette.datastructures import MutableHeaders
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.responses import PlainTextResponse, Response

from booth import settings

log = logging.getLogger(__name__)
request_id: ContextVar[str] = ContextVar("request_id", default="-")


async def event_open(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Uploads are possible during the party only."""
    if request.method == "POST" and not settings.is_open():
        raise HTTPException(status.HTTP_423_LOCKED, "the party is over")
    return await call_next(request)


async def timing(request: Request, call_next: RequestResponseEndpoint) -> Response:
    start = time.perf_counter()
    try:
        response = await call_next(request)
    except Exception:
        log.exception("after %.3f s", time.perf_counter() - start)
        raise
    response.headers["Server-Timing"] = f"app;dur={(time.perf_counter() - start) * 1000:.1f}"
    return response


class RequireEventCode(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        if request.url.path == "/status":
            return await call_next(request)
        code = request.query_params.get("code") or request.headers.get("x-event-code")
        if not code:
            return PlainTextResponse("code missing", status_code=401)
        if code != settings.EVENT_CODE:
            raise HTTPException(status_code=401, detail="wrong code")
        return await call_next(request)


class UploadGuard(BaseHTTPMiddleware):
    def __init__(self, app, max_bytes: int):
        super().__init__(app)
        if max_bytes <= 0:
            raise ValueError("max_bytes must be positive")
        self.max_bytes = max_bytes

    async def dispatch(self, request, call_next):
        problem = self.problem(request)
        if problem is not None:
            return problem
        return await call_next(request)

    def problem(self, request):
        length = request.headers.get("content-length")
        if length is None:
            return None
        if int(length) > self.max_bytes:
            return PlainTextResponse("too large", status_code=413)
        if "multipart" not in request.headers.get("content-type", "multipart"):
            raise HTTPException(415, "send a form")
        return None


class SecureHeaders:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def with_headers(message):
            if message["type"] == "http.response.start":
                h = MutableHeaders(scope=message)
                h["strict-transport-security"] = "max-age=31536000"
                h["x-content-type-options"] = "nosniff"
                h["x-frame-options"] = "DENY"
                h["content-security-policy"] = "default-src 'self'"
            await send(message)

        await self.app(scope, receive, with_headers)


class RequestId:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        request_id.set(uuid.uuid4().hex)
        await self.app(scope, receive, send)
