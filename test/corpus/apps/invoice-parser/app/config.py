from functools import lru_cache

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    environment: str = "production"
    debug: bool = False
    database_url: str
    anthropic_api_key: SecretStr
    service_token: SecretStr | None = None
    jwt_secret: str = "please-change-this-secret"
    session_secret: str = Field(default="invoice-session-key", min_length=8)
    token_ttl_minutes: int = 60
    token_url: str = Field(default="/auth/token")
    webhook_signing_key: str = Field(..., min_length=24)
    smtp_password: str = ""
    allowed_origins: list[str] = ["https://app.invoices.example.net"]
    verify_tls: bool = True


@lru_cache
def get_settings() -> Settings:
    return Settings()
