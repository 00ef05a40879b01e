import html
import logging
import traceback
from datetime import datetime, timedelta

import aiohttp
import requests
from telegram import Update
from telegram.constants import ParseMode
from telegram.ext import ContextTypes
from telegram.helpers import escape_markdown

from . import store
from .config import Config

logger = logging.getLogger(__name__)


async def start(update: Update, ctx: ContextTypes.DEFAULT_TYPE) -> None:
    name = update.effective_user.first_name
    await update.message.reply_text(
        f"Hi <b>{name}</b>! Send /remind 20m tea",
        parse_mode=ParseMode.HTML,
    )


async def remind(update: Update, ctx: ContextTypes.DEFAULT_TYPE) -> None:
    if len(ctx.args) < 2:
        await update.message.reply_text("Usage: /remind 20m text")
        return
    try:
        minutes = int(ctx.args[0].rstrip("m"))
        text = " ".join(ctx.args[1:])
        when = datetime.utcnow() + timedelta(minutes=minutes)
        await store.add(update.effective_chat.id, when, text)
        await update.message.reply_text(
            f"OK, at {when:%H:%M}: <i>{html.escape(text)}</i>", parse_mode="HTML"
        )
    except ValueError:
        await update.message.reply_text("I do not understand that time.")
    except Exception as err:
        logger.exception("remind")
        await update.message.reply_text(f"Could not save: {err}")


async def list_all(update: Update, ctx: ContextTypes.DEFAULT_TYPE) -> None:
    rows = await store.pending(update.effective_chat.id)
    lines = [f"• {r['at']:%d.%m. %H:%M} {r['text']}" for r in rows]
    await update.message.reply_text("\n".join(lines) or "Nothing planned.")


async def note(update: Update, ctx: ContextTypes.DEFAULT_TYPE) -> None:
    body = update.message.text.partition(" ")[2]
    await update.message.reply_markdown_v2("Noted: *" + escape_markdown(body, version=2) + "*")


async def weather(update: Update, ctx: ContextTypes.DEFAULT_TYPE) -> None:
    city = " ".join(ctx.args) or "Berlin"
    res = requests.get(
        "https://api.openweathermap.org/data/2.5/weather",
        params={"q": city, "appid": Config.OPENWEATHER_KEY, "units": "metric"},
    )
    if not res.ok:
        await update.message.reply_text("The weather service does not answer.")
        return
    data = res.json()
    await ctx.bot.send_message(
        chat_id=update.effective_chat.id,
        text="*" + city + "*: " + str(round(data["main"]["temp"])) + "°C",
        parse_mode=ParseMode.MARKDOWN,
    )


async def quote(update: Update, ctx: ContextTypes.DEFAULT_TYPE) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=8)) as http:
        async with http.get("https://api.quotable.example/random") as r:
            payload = await r.json()
    await update.message.reply_text(payload["content"])


async def forward_feedback(update: Update, ctx: ContextTypes.DEFAULT_TYPE) -> None:
    user = update.effective_user
    text = update.message.text.removeprefix("/feedback").strip()
    for admin in Config.ADMIN_IDS:
        await ctx.bot.send_message(
            admin, f"Feedback from <code>{user.id}</code>:\n{text}", parse_mode="HTML"
        )
    await update.message.reply_text("Thank you!")


async def stats(update: Update, ctx: ContextTypes.DEFAULT_TYPE) -> None:
    if update.effective_user.id not in Config.ADMIN_IDS:
        return
    n = await store.count()
    await update.message.reply_text(f"<b>{n}</b> reminders", parse_mode="HTML")


async def on_error(update: object, ctx: ContextTypes.DEFAULT_TYPE) -> None:
    logger.error("update failed", exc_info=ctx.error)
    if Config.SHOW_ERRORS and isinstance(update, Update) and update.effective_message:
        tb = "".join(traceback.format_exception(ctx.error))
        await update.effective_message.reply_text(tb[-3500:])
