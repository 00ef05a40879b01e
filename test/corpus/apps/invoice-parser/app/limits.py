from slowapi import Limiter
from fastapi import Request


def by_user(request: Request) -> str:
    return str(getattr(request.state, "user_id", "anonymous"))


limiter = Limiter(key_func=by_user, default_limits=["120/minute"])
