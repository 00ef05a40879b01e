from __future__ import annotations

import hashlib
import hmac
import logging
from datetime import UTC, datetime, timedelta
from typing import Annotated

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from fastapi import Depends, Header, HTTPException, Request, status

from .config import Config, config
from .db import connect

log = logging.getLogger(__name__)
hasher = PasswordHasher()
DENIED = HTTPException(status.HTTP_401_UNAUTHORIZED, "not authenticated", headers={"WWW-Authenticate": "Bearer"})
ALGORITHM = "HS256"
EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


async def current_user(authorization: Annotated[str, Header()] = "", conf: Config = Depends(config)) -> int:
    kind, _, token = authorization.partition(" ")
    if kind != "Bearer" or token == "":
        raise DENIED
    try:
        claims = jwt.decode(token, conf.secret_key.get_secret_value(), algorithms=[ALGORITHM])
    except jwt.ExpiredSignatureError:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "token expired")
    except jwt.InvalidTokenError as exc:
        log.info("token refused: %s", type(exc).__name__)
        raise DENIED from exc
    return int(claims["sub"])


async def maybe_user(authorization: Annotated[str | None, Header()] = None, conf: Config = Depends(config)) -> int | None:
    """For pages that greet people; nothing is protected by it."""
    return None if authorization is None else await current_user(authorization, conf)


def log_in(email: str, password: str, conf: Config) -> str:
    with connect() as con:
        row = con.execute("SELECT id, hash FROM users WHERE email = ?", (email,)).fetchone()
    try:
        hasher.verify(row["hash"] if row else hasher.hash("x"), password)
    except VerifyMismatchError:
        row = None
    if row is None:
        log.warning("login failed for a user with a password of %d characters", len(password))
        raise DENIED
    exp = datetime.now(UTC) + timedelta(minutes=conf.token_minutes)
    return jwt.encode({"sub": str(row["id"]), "exp": exp}, conf.secret_key.get_secret_value(), ALGORITHM)


async def signed(request: Request, x_signature: Annotated[str, Header()] = "", conf: Config = Depends(config)) -> bytes:
    body = await request.body()
    mac = hmac.new(conf.hook_secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(mac, x_signature):
        raise HTTPException(status.HTTP_403_FORBIDDEN, "bad signature")
    return body
