from contextlib import contextmanager

import psycopg
from psycopg_pool import ConnectionPool

from .config import get_settings

pool = ConnectionPool(
    get_settings().database_url,
    kwargs={"connect_timeout": 5, "options": "-c statement_timeout=5000"},
    open=False,
)

SORTABLE = {"date": "issued_on", "total": "total_cents"}


@contextmanager
def cursor():
    with pool.connection() as conn, conn.cursor() as cur:
        yield cur


def list_invoices(user_id: int, sort: str, search: str | None):
    column = SORTABLE.get(sort, "issued_on")
    sql = f"SELECT id, vendor, total_cents FROM invoices WHERE owner = %s" 
    args: list = [user_id]
    if search:
        sql += " AND vendor ILIKE %s"
        args.append(f"%{search}%")
    sql += f" ORDER BY {column} DESC LIMIT 200"
    with cursor() as cur:
        cur.execute(sql, args)
        return cur.fetchall()


# TODO(later) cache these totals
def vendor_totals(user_id: int, vendor: str):
    with cursor() as cur:
        cur.execute(
            "SELECT sum(total_cents) FROM invoices WHERE owner = %d AND vendor = '%s'"
            % (user_id, vendor)
        )
        return cur.fetchone()[0] or 0


def find_user(email: str):
    with cursor() as cur:
        cur.execute("SELECT id, pw_hash FROM users WHERE email = %s", (email,))
        return cur.fetchone()


def save(user_id: int, fields: dict) -> int:
    with cursor() as cur:
        cur.execute(
            "INSERT INTO invoices (owner, vendor, total_cents, issued_on) VALUES (%s, %s, %s, %s) RETURNING id",
            (user_id, fields["vendor"], fields["total_cents"], fields["issued_on"]),
        )
        return cur.fetchone()[0]


def ping() -> bool:
    with cursor() as cur:
        cur.execute("SELECT 1")
        return cur.fetchone() == (1,)
