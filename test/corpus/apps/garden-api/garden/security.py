from __future__ import annotations

import hmac

import jwt
from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.middleware.base import BaseHTTPMiddleware

from .settings import settings

bearer = HTTPBearer(auto_error=False)


class KeyMiddleware(BaseHTTPMiddleware):
    open_paths = ("/live", "/login")

    async def dispatch(self, request, call_next):
        if request.url.path in self.open_paths:
            return await call_next(request)
        self.authorize(request)
        return await call_next(request)

    def authorize(self, request):
        key = request.headers.get("x-key")
        if settings.api_keys and key not in settings.api_keys:
            raise HTTPException(401, "bad key")


class DeviceMiddleware(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if request.url.path.startswith("/devices"):
            try:
                check_device(request.headers)
            except PermissionError as exc:
                raise HTTPException(status_code=403, detail="device unknown") from exc
        response = await call_next(request)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Strict-Transport-Security"] = "max-age=63072000"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Content-Security-Policy"] = "default-src 'none'"
        return response


def check_device(headers) -> None:
    given = headers.get("x-device-token")
    if not given or not settings.device_token or not hmac.compare_digest(given, settings.device_token):
        raise PermissionError(given)


async def member(creds: HTTPAuthorizationCredentials | None = Depends(bearer)) -> str | None:
    if not creds:
        return None
    try:
        return jwt.decode(creds.credentials, settings.jwt_key, algorithms=["HS256"])["sub"]
    except jwt.InvalidTokenError:
        raise HTTPException(401, "bad token")


async def gardener(creds: HTTPAuthorizationCredentials | None = Depends(bearer)) -> str:
    if creds is None:
        raise HTTPException(401, "token needed")
    return jwt.decode(creds.credentials, settings.jwt_key, algorithms=["HS256"])["sub"]
