import logging
import os
import sqlite3

from flask import Flask, g, jsonify, render_template, request
from flask_cors import CORS

from . import admin, forms, pages
from .limits import limiter

DATABASE = os.environ.get("CLUB_DB", "/data/club.db")


def create_app():
    app = Flask(__name__)
    app.config["SECRET_KEY"] = os.environ.get("CLUB_SECRET") or "club" * 6
    app.config["MAX_CONTENT_LENGTH"] = 5 * 1024 * 1024
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    CORS(app, resources={r"/feed/*": {"origins": "*"}})
    CORS(admin.bp, supports_credentials=True)
    limiter.init_app(app)
    app.register_blueprint(pages.bp)
    app.register_blueprint(forms.bp)
    app.register_blueprint(admin.bp, url_prefix="/admin")

    @app.before_request
    def open_database():
        g.db = sqlite3.connect(DATABASE, timeout=10)
        g.db.row_factory = sqlite3.Row

    @app.teardown_request
    def close_database(_):
        g.pop("db").close()

    @app.errorhandler(404)
    def missing(e):
        return render_template("message.html", text="There is no such page"), 404

    @app.errorhandler(Exception)
    def broken(e):
        app.logger.exception("at %s", request.path)
        if request.accept_mimetypes.best == "application/json":
            return jsonify(ok=False, why=explain(e)), 500
        return render_template("message.html", text="Something is broken. We know."), 500

    return app


def explain(error):
    return "%s in the club page: %s" % (type(error).__name__, error)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    create_app().run(debug=True)
