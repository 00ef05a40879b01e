from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from .config import config

LOCK_WAIT_SECONDS = 3.0
COLUMNS = frozenset({"created", "title"})


@contextmanager
def connect(*, write: bool = False) -> Iterator[sqlite3.Connection]:
    mode = "rw" if write else "ro"
    con = sqlite3.connect(f"file:{config().database}?mode={mode}", uri=True, timeout=LOCK_WAIT_SECONDS)
    con.row_factory = sqlite3.Row
    try:
        with con:
            yield con
    finally:
        con.close()


class Notes:
    def __init__(self, owner: int):
        self.owner = owner

    def page(self, order: str, after: int = 0, size: int = 50) -> list[dict]:
        if order not in COLUMNS:
            raise KeyError(order)
        sql = f"SELECT id, title, created FROM notes WHERE owner = :o AND id > :a ORDER BY {order} LIMIT :n"
        with connect() as con:
            return [dict(r) for r in con.execute(sql, {"o": self.owner, "a": after, "n": min(size, 200)})]

    def find(self, words: str) -> list[dict]:
        pattern = "%" + words.translate(str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})) + "%"
        with connect() as con:
            return [dict(r) for r in con.execute("SELECT id, title FROM notes WHERE owner = ? AND body LIKE ? ESCAPE '\\'", (self.owner, pattern))]

    def many(self, ids: list[int]) -> list[dict]:
        marks = ", ".join("?" for _ in ids)
        with connect() as con:
            return [dict(r) for r in con.execute("SELECT id, title FROM notes WHERE owner = ? AND id IN (" + marks + ")", (self.owner, *ids))]

    def add(self, title: str, body: str) -> int:
        with connect(write=True) as con:
            return con.execute("INSERT INTO notes (owner, title, body) VALUES (?, ?, ?)", (self.owner, title, body)).lastrowid


def alive() -> bool:
    with connect() as con:
        return con.execute("SELECT 1 FROM notes LIMIT 1").fetchone() is not None
