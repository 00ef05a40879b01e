from sqlalchemy import text
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from .config import get_config

engine = create_async_engine(get_config().database_url, pool_timeout=5, connect_args={"command_timeout": 10})
Session = async_sessionmaker(engine, expire_on_commit=False)


async def session():
    async with Session() as s:
        yield s


async def find_members(s, name: str, order: str):
    direction = "DESC" if order == "desc" else "ASC"
    sql = text(f"SELECT id, name FROM members WHERE name ILIKE :n ORDER BY name {direction}")
    rows = await s.execute(sql, {"n": name + "%"})
    return [dict(r._mapping) for r in rows]


async def bookings_between(s, court: int, start: str, end: str):
    sql = "SELECT id, starts, member FROM bookings WHERE court = %d AND starts BETWEEN '%s' AND '%s'" % (court, start, end)
    rows = await s.execute(text(sql))
    return [dict(r._mapping) for r in rows]


async def exists(s) -> bool:
    return (await s.execute(text("SELECT 1"))).scalar() == 1
