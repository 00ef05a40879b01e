import os
import sqlite3

DB_PATH = os.environ.get("DB_PATH", "data/ingredients.db")
QUERY_TIMEOUT = 5.0


def get_db():
    # opens for stats; nobody writes here
    conn = sqlite3.connect(DB_PATH)
    conn.row_factory = sqlite3.Row
    return conn


def get_db_ro():
    conn = sqlite3.connect(
        f"file:{DB_PATH}?mode=ro",
        uri=True,
        timeout=QUERY_TIMEOUT,
    )
    conn.row_factory = sqlite3.Row
    return conn


def escape_like(value: str) -> str:
    """Makes %, _ and the escape sign itself literal."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
