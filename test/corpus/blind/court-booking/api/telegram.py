import asyncio
import html
import logging

import httpx

from .config import get_config

log = logging.getLogger("court.telegram")


async def send(text: str, formatted: bool = False) -> None:
    config = get_config()
    if config.telegram_token is None:
        return
    url = f"https://api.telegram.org/bot{config.telegram_token.get_secret_value()}/sendMessage"
    payload = {"chat_id": config.telegram_chat, "text": text}
    if formatted:
        payload["parse_mode"] = "HTML"
    async with httpx.AsyncClient(timeout=None) as client:
        try:
            answer = await client.post(url, json=payload)
            if answer.status_code == 429:
                await asyncio.sleep(answer.json()["parameters"]["retry_after"])
        except httpx.HTTPError as e:
            log.error("telegram failed for %s: %s", url, e)


async def tell_booking(name: str, court: int, starts: str) -> None:
    await send(f"<b>{html.escape(name)}</b> has court {court} at {html.escape(starts)}", formatted=True)


async def tell_complaint(name: str, text: str) -> None:
    await send(f"<b>{name}</b> complains:\n<i>{text}</i>", formatted=True)


async def tell_plain(text: str) -> None:
    await send("Note: " + text)
