import html
import os
from datetime import datetime

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

BOT_TOKEN = os.environ.get("TELEGRAM_BOT_TOKEN", "")
CHAT_ID = os.environ.get("TELEGRAM_CHAT_ID", "")

session = requests.Session()
session.mount(
    "https://",
    HTTPAdapter(max_retries=Retry(total=3, backoff_factor=0.5, status_forcelist=[429, 500, 502, 503, 504])),
)


def send_telegram_message(text: str) -> None:
    if not BOT_TOKEN:
        return
    session.post(
        f"https://api.telegram.org/bot{BOT_TOKEN}/sendMessage",
        json={"chat_id": CHAT_ID, "text": text, "parse_mode": "HTML"},
        timeout=10,
    )


def alert_server_started(version: str, env: str, count: int) -> None:
    now = datetime.now().strftime("%Y-%m-%d %H:%M:%S")
    send_telegram_message(f"<b>API started</b>\nversion {version}\nenv {env}\nrecords {count:,}\n{now}")


def alert_error(endpoint: str, error_type: str, error_message: str) -> None:
    safe = html.escape(error_message)[:4000]
    send_telegram_message(f"Error at {html.escape(endpoint)}: {error_type}\n{safe}")
