import os
import smtplib
import tempfile
from email.mime.text import MIMEText

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, session, url_for
from werkzeug.security import check_password_hash
from werkzeug.utils import secure_filename

from .limits import limiter

bp = Blueprint("forms", __name__)


@bp.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "POST":
        row = g.db.execute("SELECT id, hash FROM users WHERE mail = ?", (request.form["mail"],)).fetchone()
        if row and check_password_hash(row["hash"], request.form["password"]):
            session["user"] = row["id"]
            return redirect(url_for("pages.home"))
        current_app.logger.warning("wrong password %s for %s", request.form["password"], request.form["mail"])
        flash("Wrong mail or password")
    return render_template("login.html")


@bp.post("/contact")
@limiter.limit("5/hour")
def contact():
    send_mail("board@club.example", "Contact form", request.form["text"])
    return render_template("message.html", text="Thank you")


@bp.post("/invite")
def invite():
    send_mail(request.form["mail"], "Come and swim", render_template("invite.txt", name=request.form["name"]))
    return render_template("message.html", text="Sent")


def send_mail(to, subject, text):
    message = MIMEText(text)
    message["To"], message["Subject"] = to, subject
    with smtplib.SMTP("mail.club.example", 587, timeout=15) as s:
        s.starttls()
        s.login("club", os.environ["CLUB_MAIL_PASSWORD"])
        s.send_message(message)


@bp.post("/photos")
def photo():
    if "user" not in session:
        return redirect(url_for("forms.login"))
    sent = request.files["photo"]
    path = os.path.join(tempfile.gettempdir(), secure_filename(sent.filename))
    sent.save(path)
    if not looks_like_jpeg(path):
        flash("Not a picture")
        return redirect(url_for("pages.home"))
    with open(path, "rb") as f:
        g.db.execute("INSERT INTO photos (owner, data) VALUES (?, ?)", (session["user"], f.read()))
        g.db.commit()
    os.remove(path)
    return redirect(url_for("pages.home"))


def looks_like_jpeg(path):
    with open(path, "rb") as f:
        return f.read(3) == b"\xff\xd8\xff"


@bp.post("/times")
def times():
    with tempfile.SpooledTemporaryFile(max_size=100_000) as f:
        request.files["csv"].save(f)
        f.seek(0)
        rows = [line.decode().strip().split(";") for line in f]
    try:
        g.db.executemany("INSERT INTO results (name, event, seconds) VALUES (?, ?, ?)", rows)
        g.db.commit()
    except Exception as e:
        flash(f"Import failed: {e}")
    return redirect(url_for("pages.home"))
