from flask import Blueprint, render_template, request
from sqlalchemy import text

from ..extensions import db
from ..models import Bike

bp = Blueprint("store", __name__)


@bp.get("/")
def index():
    return render_template("bikes.html", bikes=Bike.query.limit(40).all())


@bp.get("/bikes")
def find():
    term = request.args.get("q", "")
    bikes = Bike.query.filter(Bike.name.icontains(term, autoescape=True)).limit(40).all()
    return render_template("bikes.html", bikes=bikes, term=term)


@bp.get("/bikes/cheapest")
def cheapest():
    order = "ASC" if request.args.get("dir") != "down" else "DESC"
    rows = db.session.execute(text(f"SELECT id, name, price FROM bike ORDER BY price {order} LIMIT 5"))
    return render_template("bikes.html", bikes=rows)


@bp.get("/bikes/under")
def under():
    top = request.args.get("price", "1000")
    rows = db.session.execute(text("SELECT id, name, price FROM bike WHERE price < " + top))
    return render_template("bikes.html", bikes=rows)
