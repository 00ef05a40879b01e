import base64
import json

from openai import OpenAI

from .settings import settings

client = OpenAI(api_key=settings.openai_key, timeout=30, max_retries=1)

PROMPT = "Read this receipt. Answer with JSON: shop, date, total, items."


class Unreadable(Exception):
    """The picture is no receipt. Its text is fixed and meant for people."""

    def __init__(self):
        super().__init__("This does not look like a receipt.")


def read_receipt(jpeg: bytes) -> dict:
    picture = base64.b64encode(jpeg).decode()
    answer = client.chat.completions.create(
        model=settings.model,
        messages=[{"role": "user", "content": [
            {"type": "text", "text": PROMPT},
            {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{picture}"}},
        ]}],
    )
    try:
        return json.loads(answer.choices[0].message.content)
    except (ValueError, TypeError):
        raise Unreadable() from None


def try_read(jpeg: bytes) -> dict:
    """The same for batches: never raises."""
    try:
        return {"ok": True, "receipt": read_receipt(jpeg)}
    except Unreadable as problem:
        return {"ok": False, "reason": str(problem)}
    except Exception as problem:
        return {"ok": False, "reason": f"{type(problem).__name__}: {problem}"}
