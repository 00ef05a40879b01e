import logging
import os
import smtplib
from email.message import EmailMessage

log = logging.getLogger("plants.mail")
PASSWORD = os.environ.get("SMTP_PASSWORD")


def report(subject, text):
    if not PASSWORD:
        log.info("mail is not configured")
        return
    message = EmailMessage()
    message["Subject"] = subject.replace("\n", " ")
    message["From"] = message["To"] = os.environ.get("ADMIN_MAIL", "root@localhost")
    message.set_content(text)
    with smtplib.SMTP_SSL("mail.plants.example") as server:
        server.login("plants", PASSWORD)
        server.send_message(message)


def login_test():
    with smtplib.SMTP_SSL("mail.plants.example", timeout=10) as server:
        log.info("mail login as %s, password set: %s", "plants", bool(PASSWORD))
        server.login("plants", PASSWORD)
