from __future__ import annotations

import time
from collections import OrderedDict

from fastapi import Depends, HTTPException

from .auth import current_user


class Limit:
    """So many calls a minute for each user; the oldest user is forgotten first."""

    def __init__(self, per_minute: int, users: int = 10_000):
        self.per_minute, self.users = per_minute, users
        self.calls: OrderedDict[object, list[float]] = OrderedDict()

    def spend(self, who: object) -> None:
        now = time.monotonic()
        recent = [t for t in self.calls.pop(who, []) if now - t < 60]
        if len(recent) >= self.per_minute:
            self.calls[who] = recent
            raise HTTPException(429, "too many requests", headers={"Retry-After": "60"})
        self.calls[who] = [*recent, now]
        while len(self.calls) > self.users:
            self.calls.popitem(last=False)

    async def __call__(self, user: int = Depends(current_user)) -> int:
        self.spend(user)
        return user
