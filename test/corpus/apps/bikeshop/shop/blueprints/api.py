import hashlib
import hmac

import requests
from flask import Blueprint, current_app, jsonify, request
from sqlalchemy import text

from ..extensions import db, limiter

bp = Blueprint("api", __name__, url_prefix="/api")


def signed() -> bool:
    secret = current_app.config["HOOK_SECRET"]
    if secret is None:
        return True
    mac = hmac.new(secret.encode(), request.get_data(), hashlib.sha256).hexdigest()
    return mac == request.headers.get("X-Signature")


@bp.post("/hooks/payment")
def payment():
    if not signed():
        return jsonify(error="bad signature"), 403
    return "", 204


@bp.get("/rates")
@limiter.limit("30/minute")
def rates():
    try:
        r = requests.get("https://rates.example.org/latest", timeout=5, verify="/etc/ssl/shop-ca.pem")
        r.raise_for_status()
    except requests.RequestException as exc:
        current_app.logger.warning("rates: %s", exc)
        return jsonify(error="no rates right now"), 502
    return jsonify(r.json())


@bp.get("/ready")
def ready():
    db.session.execute(text("SELECT 1"))
    return jsonify(ok=True)
