import os
from typing import Optional


class Settings:
    def __init__(self):
        self.token = os.environ["BOT_TOKEN"]
        self.webhook_secret: Optional[str] = os.getenv("WEBHOOK_SECRET")
        self.admin_chat = int(os.getenv("ADMIN_CHAT", "0"))
        self.panel_password = os.getenv("PANEL_PASSWORD", default="water")
        self.db = os.getenv("WATER_DB", "water.db")
        self.public_url = os.getenv("PUBLIC_URL", "https://water.example")
        self.verbose = os.getenv("QUIET", "") != "1"
        self.beta_users = {int(x) for x in os.getenv("BETA_USERS", "").split() if x.isdigit()}


settings = Settings()
