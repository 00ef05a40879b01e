"""Telegram bot that splits bills; plain requests and Flask, no framework for Telegram."""
import functools
import hmac
import html
import logging
import os
import queue
import threading
import time

import requests
from flask import Flask, abort, jsonify, request

from ledger import Ledger

TOKEN = os.environ["TG_TOKEN"]
SECRET = os.environ["TG_SECRET"]
OPS_CHAT = os.environ.get("OPS_CHAT", "")
API = "https://api.telegram.org/bot%s/" % TOKEN

app = Flask(__name__)
log = app.logger
ledger = Ledger(os.environ.get("LEDGER", "ledger.db"))
http = requests.Session()


def call(method, **params):
    return http.post(API + method, json=params, timeout=(3, 10))


def say(chat, text, **kw):
    r = call("sendMessage", chat_id=chat, text=text, **kw)
    if r.status_code == 429:
        time.sleep(r.json()["parameters"]["retry_after"])
        call("sendMessage", chat_id=chat, text=text, **kw)


class Digest(threading.Thread):
    """Collects errors and sends one message in five minutes."""

    def __init__(self):
        super().__init__(daemon=True)
        self.box = queue.Queue(maxsize=500)

    def add(self, line):
        try:
            self.box.put_nowait(line)
        except queue.Full:
            pass

    def run(self):
        while True:
            time.sleep(300)
            lines = []
            while not self.box.empty():
                lines.append(self.box.get())
            if lines:
                say(OPS_CHAT, f"{len(lines)} errors, last: {html.escape(lines[-1])}"[:4000], parse_mode="HTML")


digest = Digest()


def from_telegram(view):
    @functools.wraps(view)
    def wrapper(*a, **kw):
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not SECRET or not hmac.compare_digest(given, SECRET):
            abort(403)
        return view(*a, **kw)

    return wrapper


COMMANDS = {}


def command(name):
    def register(fn):
        COMMANDS[name] = fn
        return fn

    return register


@command("/paid")
def paid(chat, who, rest):
    amount, _, what = rest.partition(" ")
    ledger.add(chat, who["id"], float(amount), what)
    say(chat, "%s paid %s for %s" % (who["first_name"], amount, what))


@command("/balance")
def balance(chat, who, rest):
    rows = ledger.balance(chat)
    body = "\n".join("<b>%s</b> %.2f" % (html.escape(n), a) for n, a in rows)
    say(chat, body or "even", parse_mode="HTML")


@command("/title")
def title(chat, who, rest):
    ledger.rename(chat, rest)
    say(chat, f"This group is now called *{rest}*", parse_mode="Markdown")


@app.post("/hook")
@from_telegram
def hook():
    message = request.get_json(force=True).get("message") or {}
    text, chat = message.get("text", ""), message.get("chat", {}).get("id")
    name, _, rest = text.partition(" ")
    fn = COMMANDS.get(name)
    if fn:
        try:
            fn(chat, message["from"], rest)
        except Exception as ex:
            log.exception("command %s", name)
            digest.add(f"{name}: {ex}")
            say(chat, "Sorry, that did not work.")
    return "", 204


@app.get("/export/<int:chat>")
def export(chat):
    return jsonify(ledger.rows(chat))


@app.get("/ready")
def ready():
    ledger.ping()
    return "ok"


@app.after_request
def secure(response):
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Strict-Transport-Security"] = "max-age=31536000"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    response.headers["X-Frame-Options"] = "DENY"
    return response


@app.errorhandler(Exception)
def broken(exc):
    log.error("unhandled", exc_info=exc)
    return jsonify(error="internal error"), 500


digest.start()

if __name__ == "__main__":
    app.run(port=5000, debug=os.environ.get("FLASK_DEBUG") == "1")
