import os
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = os.environ.get("CHOIR_DEBUG", "").lower() in ("1", "true")
SECRET_KEY = os.environ.get("CHOIR_KEY")
if not SECRET_KEY:
    if "test" in sys.argv:
        SECRET_KEY = "only-for-the-tests"
    else:
        raise SystemExit("CHOIR_KEY is not set")

ALLOWED_HOSTS = os.environ.get("CHOIR_HOSTS", "").split(",")
INSTALLED_APPS = ["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
                  "django.contrib.sessions", "django.contrib.messages", "scores"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "choir.middleware.KioskMiddleware",
]
ROOT_URLCONF = "choir.urls"
SECURE_HSTS_SECONDS = 31_536_000
SECURE_SSL_REDIRECT = not DEBUG
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
X_FRAME_OPTIONS = "DENY"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "choir",
        "USER": "choir",
        "PASSWORD": os.environ.get("CHOIR_DB_PASSWORD"),
        "OPTIONS": {"connect_timeout": 5, "options": "-c statement_timeout=8000"},
    }
}
UPLOAD_TOKEN = os.environ.get("CHOIR_UPLOAD_TOKEN", None)
STREAM_SIGNING_KEY = "qN1boLUO9oS1k4PROU"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"}]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
              "OPTIONS": {"context_processors": ["django.contrib.auth.context_processors.auth"]}}]
