import os

import bleach
import requests
from flask import Blueprint, Response, abort, g, render_template, request
from markupsafe import Markup, escape

bp = Blueprint("pages", __name__)
WEATHER = os.environ.get("CLUB_WEATHER_URL", "https://weather.example/today")


@bp.get("/")
def home():
    news = g.db.execute("SELECT title, body FROM news ORDER BY day DESC LIMIT 5").fetchall()
    items = [{"title": n["title"], "body": Markup(bleach.clean(n["body"], tags=["b", "i", "a"]))} for n in news]
    return render_template("home.html", news=items, weather=weather())


def weather():
    try:
        answer = requests.get(WEATHER, timeout=(2, 4))
        answer.raise_for_status()
        return answer.json()["text"]
    except (requests.RequestException, KeyError, ValueError):
        return "unknown"


@bp.get("/results")
def results():
    event = request.args.get("event", "")
    year = request.args.get("year", type=int) or 2024
    rows = g.db.execute(f"SELECT name, seconds FROM results WHERE year = {year} ORDER BY seconds").fetchall()
    if event:
        rows = g.db.execute("SELECT name, seconds FROM results WHERE event = '" + event + "'").fetchall()
    return render_template("results.html", rows=rows, event=event)


@bp.get("/members/<name>")
def member(name):
    row = g.db.execute("SELECT name, about FROM members WHERE name = ?", (name,)).fetchone()
    if row is None:
        abort(404)
    card = "<h1>" + escape(row["name"]) + "</h1>"
    return render_template("member.html", card=card, about=row["about"])


@bp.get("/hello")
def hello():
    who = request.args.get("who", "guest")
    return Markup("<p>Hello %s</p>") % who


@bp.get("/print")
def printable():
    title = request.args.get("title", "Results")
    return Response(f"<html><title>{title}</title><body onload='print()'></body></html>", mimetype="text/html")


@bp.get("/feed/results.json")
def feed():
    return {"results": [dict(r) for r in g.db.execute("SELECT name, seconds FROM results LIMIT 100")]}


@bp.get("/status")
def status():
    return {"status": "healthy", "cache": "up", "db": "up"}
