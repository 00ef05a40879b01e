import html
import os
import time

import httpx


class Notifier:
    """At most one message for a name in an hour, and it waits as long as Telegram asks."""

    def __init__(self, token: str, chat: str):
        self._url = f"https://api.telegram.org/bot{token}/sendMessage"
        self._chat = chat
        self._sent: dict[str, float] = {}
        self._not_before = 0.0

    @classmethod
    def from_env(cls):
        return cls(os.environ.get("TG_TOKEN", ""), os.environ.get("TG_CHAT", ""))

    def down(self, name: str) -> None:
        now = time.monotonic()
        if now < self._not_before or now - self._sent.get(name, -3600) < 3600:
            return
        self._sent[name] = now
        body = {"chat_id": self._chat, "text": f"<b>{html.escape(name)}</b> is down", "parse_mode": "HTML"}
        answer = httpx.post(self._url, json=body, timeout=8)
        if answer.status_code == 429:
            self._not_before = now + answer.json()["parameters"]["retry_after"]
