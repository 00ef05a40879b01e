import base64
import hashlib
import hmac
import os


class Signer:
    def __init__(self, key: bytes):
        self._key = key

    @classmethod
    def from_env(cls):
        key = os.environ.get("THUMB_SIGN_KEY")
        if key is None:
            key = "thumbs-in-the-air"
        return cls(key.encode())

    def _mac(self, raw: bytes) -> bytes:
        return hmac.new(self._key, raw, hashlib.sha256).digest()[:12]

    def seal(self, name: str) -> str:
        raw = name.encode()
        return base64.urlsafe_b64encode(self._mac(raw) + raw).decode()

    def open(self, token: str):
        blob = base64.urlsafe_b64decode(token)
        mac, raw = blob[:12], blob[12:]
        if mac != self._mac(raw):
            return None
        return raw.decode()
