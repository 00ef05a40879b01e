import html
import logging
import time

from aiogram import Bot, F, Router
from aiogram.enums import ParseMode
from aiogram.filters import Command
from aiogram.types import ErrorEvent, Message

from . import coach, store
from .settings import settings

router = Router()
log = logging.getLogger("water")
LAST = {}


def slow_down(chat, seconds=20):
    now = time.monotonic()
    if now - LAST.get(chat, -seconds) < seconds:
        return True
    LAST[chat] = now
    return False


@router.message(Command("start"))
async def start(message: Message):
    await message.answer(f"Hello <b>{html.escape(message.from_user.full_name)}</b>!", parse_mode=ParseMode.HTML)


@router.message(Command("advice"))
async def advice(message: Message):
    if slow_down(message.chat.id):
        await message.answer("One moment, please.")
        return
    await message.answer(await coach.advice(await store.today(message.chat.id)))


@router.message(F.voice)
async def voice(message: Message, bot: Bot):
    if settings.beta_users and message.from_user.id not in settings.beta_users:
        await message.answer("Voice is for testers.")
        return
    try:
        text = await coach.transcribe(bot, message.voice)
        await message.answer(f"I heard: <i>{text}</i>", parse_mode="HTML")
    except Exception as e:
        log.exception("voice")
        await message.answer(f"That did not work: {e}")


@router.message(Command("notes"))
async def notes(message: Message):
    word = message.text.partition(" ")[2]
    found = await store.notes(message.chat.id, word)
    lines = [f"{at}: {note}" for note, at in found]
    await message.answer("\n".join(lines) or "Nothing.")


@router.message(Command("erase"))
async def erase(message: Message):
    try:
        await store.erase(message.chat.id)
    except Exception:
        log.exception("erase")
        await message.answer("That did not work.")
    else:
        await message.answer("All gone.")


@router.message(F.text.regexp(r"^\d+$"))
async def drank(message: Message):
    await store.drank(message.chat.id, int(message.text), "")
    total = await store.today(message.chat.id)
    await message.answer(f"*{total} ml* today", parse_mode="Markdown")


@router.errors()
async def failed(event: ErrorEvent, bot: Bot):
    log.error("update failed", exc_info=event.exception)
    await bot.send_message(settings.admin_chat, f"<b>Error</b>: {event.exception!r}", parse_mode="HTML")
