import hashlib
import hmac
from datetime import datetime, timedelta, timezone

import jwt
from argon2 import PasswordHasher
from fastapi import Depends, HTTPException, Request
from fastapi.security import OAuth2PasswordBearer

from .config import Config, get_config

bearer = OAuth2PasswordBearer(tokenUrl="/login")
hasher = PasswordHasher()


def issue(member: int, role: str, config: Config) -> str:
    until = datetime.now(timezone.utc) + timedelta(minutes=config.token_minutes)
    return jwt.encode({"sub": str(member), "role": role, "exp": until}, config.jwt_key.get_secret_value(), config.token_algorithm)


def member(token: str = Depends(bearer), config: Config = Depends(get_config)) -> dict:
    try:
        return jwt.decode(
            token,
            config.jwt_key.get_secret_value(),
            algorithms=[config.token_algorithm],
            options={"verify_signature": config.strict},
        )
    except jwt.ExpiredSignatureError:
        raise HTTPException(401, "Your login has expired")
    except jwt.InvalidTokenError as e:
        raise HTTPException(401, f"Could not read the token: {e}")


def board(who: dict = Depends(member)) -> dict:
    if who.get("role") not in ("board", "owner"):
        raise HTTPException(403, "For the board only")
    return who


def reset_code(mail: str, config: Config) -> str:
    return hmac.new(config.reset_pepper.encode(), mail.encode(), hashlib.sha256).hexdigest()[:8]


async def paid(request: Request, config: Config = Depends(get_config)) -> dict:
    """The payment provider signs its calls with a key that both sides know."""
    body = await request.body()
    wanted = hmac.new(config.pay_hook_key.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, request.headers.get("x-pay-signature", "")):
        raise HTTPException(403, "Unknown signature")
    return await request.json()
