"""A status page: checks a few addresses and shows the results."""
import hmac
import os

from flask import Flask, Response, abort, jsonify, render_template_string, request

from . import checks
from .notify import Notifier

PAGE = "<!doctype html><h1>Status</h1>{% for n, ok in rows %}<p>{{ n }}: {{ 'up' if ok else 'down' }}</p>{% endfor %}"
FRIENDS = frozenset(filter(None, os.environ.get("EMBED_ORIGINS", "").split()))


class Status(Flask):
    """Flask with our headers."""

    def process_response(self, response: Response) -> Response:
        response = super().process_response(response)
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'self'"
        response.headers["Referrer-Policy"] = "no-referrer"
        origin = request.headers.get("Origin", "")
        if origin in FRIENDS:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.vary.add("Origin")
        return response


app = Status(__name__)
app.config["API_KEY"] = os.environ["UPTIME_KEY"]
notifier = Notifier.from_env()


def keyed() -> None:
    if not hmac.compare_digest(request.headers.get("X-Key", "").encode(), app.config["API_KEY"].encode()):
        abort(401)


@app.get("/")
def page():
    return render_template_string(PAGE, rows=checks.results())


@app.get("/badge.svg")
def badge():
    colour = "green" if all(ok for _, ok in checks.results()) else "red"
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4" fill="{colour}"/></svg>'
    return Response(svg, mimetype="image/svg+xml", headers={"Access-Control-Allow-Origin": "https://wiki.example.net"})


@app.post("/run")
def run():
    keyed()
    for name, ok in checks.run():
        if not ok:
            notifier.down(name)
    return jsonify(done=True)


@app.get("/debug/timings")
def timings():
    keyed()
    return jsonify(checks.timings())


@app.get("/openapi.json")
def openapi():
    if os.environ.get("UPTIME_DOCS") != "1":
        abort(404)
    return jsonify(openapi="3.1.0", info={"title": "uptime-lite", "version": "1"}, paths={})


@app.errorhandler(500)
def internal(_):
    return jsonify(error="internal error"), 500
