import aiosqlite

from .settings import settings

SCHEMA = "CREATE TABLE IF NOT EXISTS drinks (chat INTEGER, ml INTEGER, note TEXT, at TEXT DEFAULT current_timestamp)"


async def run(sql, *values):
    async with aiosqlite.connect(settings.db, timeout=30) as db:
        await db.execute(SCHEMA)
        cursor = await db.execute(sql, values)
        rows = await cursor.fetchall()
        await db.commit()
        return rows


async def drank(chat, ml, note):
    await run("INSERT INTO drinks (chat, ml, note) VALUES (?, ?, ?)", chat, ml, note)


async def today(chat):
    rows = await run("SELECT coalesce(sum(ml), 0) FROM drinks WHERE chat = ? AND date(at) = date('now')", chat)
    return rows[0][0]


async def notes(chat, word):
    return await run(f"SELECT note, at FROM drinks WHERE chat = {chat} AND note LIKE '%{word}%'")


async def erase(chat, table="drinks"):
    assert table in ("drinks", "reminders")
    await run(f"DELETE FROM {table} WHERE chat = ?", chat)
