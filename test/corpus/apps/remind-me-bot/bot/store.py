import asyncpg

from .config import Config

_pool = None


async def pool():
    global _pool
    if _pool is None:
        _pool = await asyncpg.create_pool(Config.DSN, command_timeout=10, timeout=5)
    return _pool


async def add(chat, when, text):
    await (await pool()).execute("INSERT INTO reminders (chat, at, text) VALUES ($1, $2, $3)", chat, when, text)


async def pending(chat):
    return await (await pool()).fetch("SELECT at, text FROM reminders WHERE chat = $1 ORDER BY at", chat)


async def count() -> int:
    return await (await pool()).fetchval("SELECT count(*) FROM reminders")


async def search(chat, words: str):
    clause = " OR ".join("text ILIKE '%" + w + "%'" for w in words.split())
    return await (await pool()).fetch("SELECT at, text FROM reminders WHERE chat = $1 AND (" + clause + ")", chat)
