import asyncio
import logging
from contextlib import asynccontextmanager
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from telegram import Update
from telegram.ext import Application, CommandHandler

from . import handlers, store
from .config import Config

logging.basicConfig(level=logging.INFO)
log = logging.getLogger("bot.web")

application = Application.builder().token(Config.TOKEN).updater(None).build()
application.add_handler(CommandHandler("start", handlers.start))
application.add_handler(CommandHandler("remind", handlers.remind))
application.add_handler(CommandHandler("list", handlers.list_all))
application.add_handler(CommandHandler("note", handlers.note))
application.add_handler(CommandHandler("weather", handlers.weather))
application.add_handler(CommandHandler("quote", handlers.quote))
application.add_handler(CommandHandler("feedback", handlers.forward_feedback))
application.add_handler(CommandHandler("stats", handlers.stats))
application.add_error_handler(handlers.on_error)


async def telegram(request: Request) -> Response:
    token = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
    if token != Config.WEBHOOK_SECRET:
        return Response(status_code=HTTPStatus.FORBIDDEN)
    await application.update_queue.put(Update.de_json(await request.json(), application.bot))
    return Response()


async def health(request: Request) -> PlainTextResponse:
    await store.count()
    return PlainTextResponse("ok")


@asynccontextmanager
async def lifespan(app):
    url = f"{Config.PUBLIC_URL}/telegram"
    await application.bot.set_webhook(url, secret_token=Config.WEBHOOK_SECRET)
    log.info("webhook set to %s with token %s", url, Config.TOKEN)
    async with application:
        await application.start()
        yield
        await application.stop()


app = Starlette(
    routes=[Route("/telegram", telegram, methods=["POST"]), Route("/health", health)],
    lifespan=lifespan,
)
