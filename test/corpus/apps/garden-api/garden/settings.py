"""All settings in one object, read once."""
import os
from functools import cached_property


class AppSettings:
    """Reads GARDEN_* from the environment."""

    prefix = "GARDEN_"

    def _get(self, key, default=None):
        return os.getenv(self.prefix + key, default)

    @cached_property
    def api_keys(self) -> set[str]:
        return {k.strip() for k in (self._get("API_KEYS") or "").split(",") if k.strip()}

    @cached_property
    def device_token(self):
        return self._get("DEVICE_TOKEN")

    @cached_property
    def jwt_key(self) -> str:
        return self._get("JWT_KEY", "garden-gnome")

    @cached_property
    def is_dev(self) -> bool:
        return self._get("STAGE", "development").startswith("dev")

    @cached_property
    def verify_upstream(self) -> bool:
        return self._get("VERIFY_TLS", "false") == "true"

    @cached_property
    def model_key(self) -> str:
        key = self._get("MODEL_KEY")
        if key is None:
            raise RuntimeError("GARDEN_MODEL_KEY is missing")
        return key

    @cached_property
    def photo_dir(self) -> str:
        return self._get("PHOTO_DIR", "/var/lib/garden")


settings = AppSettings()
