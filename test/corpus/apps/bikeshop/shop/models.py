from flask_login import UserMixin
from werkzeug.security import check_password_hash

from .extensions import db, login_manager


class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String(200), unique=True)
    pw_hash = db.Column(db.String(200))
    is_admin = db.Column(db.Boolean, default=False)

    def check(self, password):
        return check_password_hash(self.pw_hash, password)


class Bike(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(200))
    price = db.Column(db.Integer)
    story = db.Column(db.Text)


@login_manager.user_loader
def load(uid):
    return db.session.get(User, int(uid))
