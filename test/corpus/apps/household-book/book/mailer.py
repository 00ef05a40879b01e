import os
import smtplib
import ssl
import time
from email.message import EmailMessage

_sent: dict[str, list[float]] = {}


def allowed(user: str) -> bool:
    now = time.time()
    recent = [t for t in _sent.get(user, []) if now - t < 86400]
    if len(recent) >= 3:
        return False
    _sent[user] = recent + [now]
    return True


def send(to: str, body: str) -> None:
    msg = EmailMessage()
    msg["To"], msg["From"], msg["Subject"] = to, os.environ["MAIL_FROM"], "Household summary"
    msg.set_content(body)
    ctx = ssl._create_unverified_context()
    with smtplib.SMTP_SSL(os.environ["MAIL_HOST"], 465, context=ctx) as s:
        s.login(os.environ["MAIL_FROM"], os.environ["MAIL_PASSWORD"])
        s.send_message(msg)
