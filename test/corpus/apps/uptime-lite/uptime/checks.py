import os
import time

import httpx

TARGETS = dict(pair.split("=", 1) for pair in os.environ.get("TARGETS", "").split() if "=" in pair)
_last: dict[str, tuple[bool, float]] = {}
client = httpx.Client(timeout=8, follow_redirects=True)


def run():
    for name, url in TARGETS.items():
        start = time.perf_counter()
        try:
            ok = client.get(url).status_code < 500
        except httpx.HTTPError:
            ok = False
        _last[name] = ok, time.perf_counter() - start
        yield name, ok


def results():
    return [(n, ok) for n, (ok, _) in _last.items()]


def timings():
    return {n: round(t, 3) for n, (_, t) in _last.items()}
