import os


class Base:
    SECRET_KEY = os.environ.get("SECRET_KEY") or "bikeshop-dev-key"
    SQLALCHEMY_DATABASE_URI = os.environ.get("DATABASE_URL")
    STRIPE_KEY = os.environ.get("STRIPE_KEY")
    HOOK_SECRET = os.environ.get("HOOK_SECRET")
    MAIL_SERVER = os.environ.get("MAIL_SERVER", "localhost")
    PASSWORD_MIN_LENGTH = int(os.environ.get("PASSWORD_MIN_LENGTH", "12"))
    SECRET_PAGE_SLUG = os.environ.get("SECRET_PAGE_SLUG", "winter-sale")
    FRONTENDS = ["https://bikes.example.net"]
    DEBUG = False
    SESSION_COOKIE_SECURE = True


class Production(Base):
    pass


class Development(Base):
    DEBUG = True
    SESSION_COOKIE_SECURE = False


CONFIGS = {"production": Production, "development": Development}
