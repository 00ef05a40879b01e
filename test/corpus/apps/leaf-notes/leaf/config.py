"""Configuration. Everything secret has no default and a minimum length."""
from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Secret = Annotated[SecretStr, Field(min_length=32)]


class Config(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="LEAF_", env_file=".env")

    stage: Literal["prod", "dev"] = "prod"
    secret_key: Secret
    hook_secret: Secret
    model_key: SecretStr
    model_url: str = "https://llm.example.com/v1"
    token_minutes: int = 30
    secret_rotation_days: int = 90
    password_hint: str = "at least twelve characters"
    database: str = "/var/lib/leaf/leaf.db"
    origins: list[str] = []

    @field_validator("secret_key", "hook_secret")
    @classmethod
    def no_placeholder(cls, value: SecretStr) -> SecretStr:
        if "change" in value.get_secret_value().lower():
            raise ValueError("replace the placeholder")
        return value

    @property
    def debug(self) -> bool:
        return self.stage == "dev"


@cache
def config() -> Config:
    return Config()
