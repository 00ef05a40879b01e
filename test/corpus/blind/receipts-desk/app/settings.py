"""Everything that comes from the environment, in one place."""
import os
from dataclasses import dataclass, field


def env(name, fallback=None):
    value = os.environ.get(name)
    return fallback if value in (None, "") else value


def need(name):
    value = env(name)
    if value is None:
        raise SystemExit(f"{name} is not set")
    return value


@dataclass(frozen=True)
class Settings:
    openai_key: str = field(default_factory=lambda: need("OPENAI_API_KEY"))
    staff_key: str | None = field(default_factory=lambda: env("STAFF_KEY"))
    session_key: str = field(default_factory=lambda: env("SESSION_KEY", "receipts-session-2024"))
    upload_dir: str = field(default_factory=lambda: env("UPLOAD_DIR", "/srv/data"))
    region: str = field(default_factory=lambda: env("REGION", "eu-central-1"))
    hook_url: str | None = field(default_factory=lambda: env("HOOK_URL"))
    model: str = "gpt-4o-mini"


settings = Settings()
