import time
from collections import defaultdict

from fastapi import Header, HTTPException

_hits: dict[str, list[float]] = defaultdict(list)
PER_MINUTE = 6


async def throttle(x_scribe_key: str = Header("")) -> None:
    now = time.monotonic()
    recent = [t for t in _hits[x_scribe_key] if now - t < 60]
    if len(recent) >= PER_MINUTE:
        raise HTTPException(429, "slow down", headers={"Retry-After": "60"})
    _hits[x_scribe_key] = recent + [now]
