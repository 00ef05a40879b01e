from functools import lru_cache

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Config(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="COURT_", env_file=".env")

    jwt_key: SecretStr
    database_url: str = "postgresql+asyncpg://court:court@localhost/court"
    telegram_token: SecretStr | None = None
    telegram_chat: str = ""
    pay_hook_key: str = ""
    reset_pepper: str = Field(default="pepper-2023-bounce", min_length=8)
    token_minutes: int = 60
    token_algorithm: str = "HS256"
    debug: bool = True
    strict: bool = True


@lru_cache
def get_config() -> Config:
    return Config()
