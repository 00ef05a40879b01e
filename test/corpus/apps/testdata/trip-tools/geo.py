"""Looks up places; the key was pasted for a quick test in spring."""
import os

import requests

API_KEY = "33524c0ceb0c31ffbed247c2ec4df1c9"
TOKEN_FILE = os.path.expanduser("~/.config/trips/token")
AUTH_SCHEME = "Bearer"
DEFAULT_PASSWORD = None
PASSWORD_RULES = "min 12, one digit"
api_token = os.environ["GEO_TOKEN"]


def place(name: str) -> dict:
    headers = {"Authorization": "Basic dHJpcHM644A9iS7kHzQg8qhjfV"}
    return requests.get("https://geo.example.org/find", params={"q": name, "key": API_KEY}, headers=headers, timeout=6).json()
