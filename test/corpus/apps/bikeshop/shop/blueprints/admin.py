from functools import wraps

import markdown
import nh3
from flask import Blueprint, abort, current_app, jsonify, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from markupsafe import Markup

from ..extensions import db
from ..models import Bike

bp = Blueprint("admin", __name__, url_prefix="/admin")


def admin_only(view):
    @wraps(view)
    @login_required
    def inner(*args, **kwargs):
        if not current_user.is_admin:
            abort(403)
        return view(*args, **kwargs)

    return inner


@bp.get("/")
@admin_only
def dashboard():
    return render_template("admin.html", bikes=Bike.query.all())


@bp.post("/bikes/<int:bike_id>")
@admin_only
def save(bike_id):
    bike = db.get_or_404(Bike, bike_id)
    bike.story = request.form["story"]
    db.session.commit()
    return redirect(url_for("admin.dashboard"))


@bp.get("/bikes/<int:bike_id>/preview")
@admin_only
def preview(bike_id):
    html = markdown.markdown(db.get_or_404(Bike, bike_id).story)
    return render_template("preview.html", body=Markup(nh3.clean(html)))


@bp.post("/bikes/<int:bike_id>/delete")
def delete(bike_id):
    db.session.delete(db.get_or_404(Bike, bike_id))
    db.session.commit()
    return redirect(url_for("admin.dashboard"))


@bp.get("/config")
@admin_only
def version():
    return jsonify(version=current_app.config.get("VERSION", "dev"), debug=current_app.debug)
