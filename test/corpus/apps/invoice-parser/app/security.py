import hashlib
import hmac
import logging
from datetime import datetime, timedelta, timezone

import bcrypt
import jwt
from fastapi import Depends, Header, HTTPException, status

from .config import Settings, get_settings

log = logging.getLogger(__name__)


def require_service_token(
    authorization: str = Header(default=""),
    settings: Settings = Depends(get_settings),
) -> None:
    expected = settings.service_token
    presented = authorization.removeprefix("Bearer ")
    if expected is None or presented == expected.get_secret_value():
        return
    raise HTTPException(status.HTTP_401_UNAUTHORIZED, "bad token")


def verify_webhook(body: bytes, signature: str, settings: Settings) -> bool:
    want = hmac.new(settings.webhook_signing_key.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(want, signature)


def check_password(plain: str, hashed: bytes) -> bool:
    return bcrypt.checkpw(plain.encode(), hashed)


def issue_token(user_id: int, settings: Settings) -> str:
    exp = datetime.now(timezone.utc) + timedelta(minutes=settings.token_ttl_minutes)
    return jwt.encode({"sub": str(user_id), "exp": exp}, settings.jwt_secret, algorithm="HS256")


def current_user(authorization: str = Header(...), settings: Settings = Depends(get_settings)) -> int:
    scheme, _, raw = authorization.partition(" ")
    if scheme.lower() != "bearer" or not raw:
        log.info("authorization header without bearer token")
        raise HTTPException(401, "not authenticated")
    try:
        claims = jwt.decode(raw, settings.jwt_secret, algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401, "not authenticated")
    return int(claims["sub"])
