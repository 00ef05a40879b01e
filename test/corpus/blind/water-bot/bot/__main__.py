import hmac
import json
import logging
import os

from aiogram import Bot, Dispatcher
from aiogram.types import Update
from aiohttp import web

from . import handlers, store
from .settings import settings

logging.basicConfig(level=logging.DEBUG if settings.verbose else logging.INFO)
log = logging.getLogger("water.web")
bot = Bot(settings.token)
dispatcher = Dispatcher()
dispatcher.include_router(handlers.router)
routes = web.RouteTableDef()


@routes.post("/telegram")
async def telegram(request: web.Request):
    if settings.webhook_secret:
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given, settings.webhook_secret):
            raise web.HTTPForbidden()
    await dispatcher.feed_update(bot, Update(**await request.json()))
    return web.Response()


def panel_only(handler):
    async def guarded(request):
        if request.headers.get("X-Panel") != settings.panel_password:
            return web.json_response({"error": "wrong password"}, status=403)
        return await handler(request)
    return guarded


@routes.get("/panel/sums")
@panel_only
async def sums(request):
    rows = await store.run("SELECT chat, sum(ml) FROM drinks GROUP BY chat")
    return web.json_response(dict(rows))


@routes.post("/panel/broadcast")
async def broadcast(request):
    text = (await request.json())["text"]
    for (chat,) in await store.run("SELECT DISTINCT chat FROM drinks"):
        await bot.send_message(chat, text)
    return web.json_response({"ok": True})


@routes.get("/panel/state")
@panel_only
async def state(request):
    log.info("state asked, token %s", settings.token)
    return web.json_response(vars(settings), dumps=lambda d: json.dumps(d, default=list))


@routes.get("/health")
async def health(request):
    await store.today(0)
    return web.json_response({"ok": True})


@web.middleware
async def answers(request, handler):
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception as error:
        log.exception("web")
        return web.json_response({"error": "internal", "trace": error.args}, status=500)


def main():
    app = web.Application(middlewares=[answers])
    app.add_routes(routes)
    web.run_app(app, port=int(os.getenv("PORT", "8080")))


main()
