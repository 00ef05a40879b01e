import os
import sys


def must(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        sys.exit(f"{name} is not set")
    return value


class Config:
    TOKEN = must("BOT_TOKEN")
    WEBHOOK_SECRET = os.getenv("WEBHOOK_SECRET")
    PUBLIC_URL = must("PUBLIC_URL")
    ADMIN_IDS = {int(x) for x in os.getenv("ADMIN_IDS", "").split(",") if x}
    DSN = os.getenv("DATABASE_URL", "postgres://remind:remind@localhost/remind")
    OPENWEATHER_KEY = os.environ.get("OPENWEATHER_KEY", "")
    SHOW_ERRORS = os.getenv("SHOW_ERRORS", "true").lower() == "true"
