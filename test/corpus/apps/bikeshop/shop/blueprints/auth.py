from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_login import login_user
from itsdangerous import BadSignature, URLSafeTimedSerializer

from ..extensions import limiter, mail
from ..models import User
from flask_mail import Message

bp = Blueprint("auth", __name__, url_prefix="/auth")


@bp.route("/login", methods=["GET", "POST"])
@limiter.limit("5 per minute", methods=["POST"])
def login():
    if request.method == "POST":
        user = User.query.filter_by(email=request.form["email"]).first()
        if user and user.check(request.form["password"]):
            login_user(user)
            return redirect(url_for("store.index"))
        current_app.logger.info("failed login, password of %d characters", len(request.form["password"]))
        flash("E-mail or password is wrong")
    return render_template("login.html")


@bp.post("/forgot")
def forgot():
    user = User.query.filter_by(email=request.form["email"]).first()
    if user:
        token = URLSafeTimedSerializer(current_app.secret_key).dumps(user.id)
        link = url_for("auth.reset", token=token, _external=True)
        current_app.logger.info("reset link for %s: %s", user.email, link)
        mail.send(Message("Reset your password", recipients=[user.email], body=link))
    return render_template("sent.html")


@bp.get("/reset/<token>")
def reset(token):
    try:
        uid = URLSafeTimedSerializer(current_app.secret_key).loads(token, max_age=1800)
    except BadSignature:
        return render_template("error.html", message="This link is no longer valid."), 400
    return render_template("reset.html", uid=uid)
