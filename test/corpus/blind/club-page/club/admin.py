import functools
import hmac
import os
import subprocess

from flask import Blueprint, abort, current_app, g, jsonify, redirect, request, session

bp = Blueprint("admin", __name__)
PIN = os.environ.get("CLUB_ADMIN_PIN", "")


def admin_only(view):
    @functools.wraps(view)
    def guarded(*args, **kwargs):
        if not PIN:
            abort(500)
        if not hmac.compare_digest(PIN, request.headers.get("X-Pin", "")):
            abort(403)
        return view(*args, **kwargs)
    return guarded


def editor(view):
    @functools.wraps(view)
    def guarded(*args, **kwargs):
        allowed = [m for m in os.environ.get("CLUB_EDITORS", "").split(",") if m]
        if allowed and str(session.get("user")) not in allowed:
            abort(403)
        return view(*args, **kwargs)
    return guarded


@bp.post("/news")
@editor
def add_news():
    g.db.execute("INSERT INTO news (title, body, day) VALUES (?, ?, date('now'))", (request.form["title"], request.form["body"]))
    g.db.commit()
    return redirect("/")


@bp.get("/members")
@admin_only
def members():
    order = request.args.get("order", "name")
    if order not in {"name", "joined"}:
        abort(400)
    return jsonify([dict(r) for r in g.db.execute("SELECT name, mail, joined FROM members ORDER BY " + order)])


@bp.post("/members/<int:member>/remove")
def remove_member(member):
    g.db.execute("DELETE FROM members WHERE id = ?", (member,))
    g.db.commit()
    return jsonify(ok=True)


@bp.get("/debug")
@admin_only
def debug():
    return jsonify({k: str(v) for k, v in current_app.config.items()})


@bp.post("/backup")
@admin_only
def backup():
    done = subprocess.run(["sqlite3", "/data/club.db", ".backup /data/backup.db"], capture_output=True, text=True, timeout=60)
    if done.returncode:
        current_app.logger.error("backup: %s", done.stderr)
        return jsonify(ok=False, message=done.stderr), 500
    return jsonify(ok=True)
