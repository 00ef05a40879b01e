"""Customers and their keys."""
import hashlib
import json
import logging
import os
import sqlite3
from hmac import compare_digest

log = logging.getLogger("scribe.keys")
_conn = sqlite3.connect("scribe.db", check_same_thread=False)
_conn.execute("PRAGMA busy_timeout = 3000")  # wait for a writer
PEPPER = os.environ.get("KEY_PEPPER", "pepper")


def digest(key: str) -> str:
    return hashlib.sha256((PEPPER + key).encode()).hexdigest()


def lookup(key: str | None) -> str | None:
    if not key:
        return None
    wanted = digest(key)
    for name, stored in _conn.execute("SELECT name, digest FROM customers"):
        if compare_digest(stored, wanted):
            return name
    log.warning("unknown key %s", key)
    return None


def usage(name: str) -> dict:
    seconds = _conn.execute(f"SELECT sum(seconds) FROM usage WHERE name = '{name}'").fetchone()[0]
    return {"name": name, "seconds": seconds or 0}


def add_usage(name: str, seconds: float) -> None:
    _conn.execute("INSERT INTO usage (name, seconds) VALUES (?, ?)", (name, seconds))
    _conn.commit()


def purge(table: str, days: int) -> None:
    # table comes from the two calls below
    assert table in ("usage", "events")
    _conn.execute(f"DELETE FROM {table} WHERE day < date('now', ?)", (f"-{int(days)} days",))
