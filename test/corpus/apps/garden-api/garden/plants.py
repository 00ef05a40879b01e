import sqlite3

DB = "/var/lib/garden/plants.db"


def connect(readonly=True):
    uri = f"file:{DB}?mode={'ro' if readonly else 'rw'}"
    return sqlite3.connect(uri, uri=True, timeout=2)  # seconds to wait for a lock


def find(q: str):
    with connect() as c:
        return c.execute("SELECT id, name FROM plants WHERE name LIKE ? || '%'", (q,)).fetchall()


def get(plant_id: int):
    with connect() as c:
        return c.execute("SELECT id, name FROM plants WHERE id = ?", (plant_id,)).fetchone()


def delete(plant_id: int):
    with connect(readonly=False) as c:
        c.execute("DELETE FROM plants WHERE id = ?", (plant_id,))
