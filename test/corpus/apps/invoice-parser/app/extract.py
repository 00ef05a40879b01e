"""Turns an uploaded PDF into structured fields with the model's help."""
import logging
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path

from anthropic import Anthropic

from .config import get_settings

logger = logging.getLogger("extract")


class ExtractionFailed(Exception):
    """The document could not be read; the text is fit for users."""


class Extractor:
    def __init__(self):
        settings = get_settings()
        self._client = Anthropic(api_key=settings.anthropic_api_key.get_secret_value(), timeout=40.0)

    def __call__(self, data: bytes) -> dict:
        with ExitStack() as stack:
            workdir = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            pdf = workdir / "in.pdf"
            pdf.write_bytes(data)
            text = self._to_text(pdf)
        return self._structured(text)

    def _to_text(self, pdf: Path) -> str:
        done = subprocess.run(
            ["pdftotext", "-layout", str(pdf), "-"],
            capture_output=True, text=True, timeout=20,
        )
        if done.returncode != 0:
            logger.warning("pdftotext failed: %s", done.stderr[:300])
            raise ExtractionFailed("The PDF could not be read.")
        return done.stdout

    def _structured(self, text: str) -> dict:
        message = self._client.messages.create(
            model="claude-3-5-haiku-latest",
            max_tokens=700,
            messages=[{"role": "user", "content": "Extract vendor, total_cents, issued_on as JSON:\n" + text[:20000]}],
        )
        logger.info("extraction used %d output tokens", message.usage.output_tokens)
        import json

        return json.loads(message.content[0].text)
