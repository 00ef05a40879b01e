import logging
import os

from flask import Flask, jsonify, render_template
from flask_cors import CORS
from flask_talisman import Talisman
from werkzeug.middleware.proxy_fix import ProxyFix

from .extensions import csrf, db, limiter, login_manager, mail
from .settings import CONFIGS


def create_app(name=None):
    app = Flask(__name__, instance_relative_config=True)
    name = name or os.environ.get("SHOP_CONFIG", "production")
    app.config.from_object(CONFIGS[name])
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)
    for ext in (csrf, db, limiter, login_manager, mail):
        ext.init_app(app)
    Talisman(app, content_security_policy={"default-src": "'self'"})
    CORS(app, resources={r"/api/*": {"origins": app.config["FRONTENDS"]}}, supports_credentials=True)

    from .blueprints import admin, api, auth, store

    for module in (store, auth, admin, api):
        app.register_blueprint(module.bp)
    csrf.exempt(api.bp)

    @app.errorhandler(Exception)
    def unexpected(exc):
        code = getattr(exc, "code", 500)
        if code >= 500:
            logging.getLogger("shop").exception("unhandled")
            return render_template("error.html", message="Internal error"), 500
        return render_template("error.html", message=exc.name), code 

    return app
