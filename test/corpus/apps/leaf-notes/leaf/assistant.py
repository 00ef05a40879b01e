"""Talks to the model and to ffmpeg."""
from __future__ import annotations

import asyncio
import logging
import tempfile
from pathlib import Path

import httpx

from .config import config

log = logging.getLogger(__name__)


class AssistantDown(Exception):
    """The model did not answer; nothing of the cause is for clients."""


class Assistant:
    def __init__(self) -> None:
        conf = config()
        self._http = httpx.AsyncClient(
            base_url=conf.model_url,
            timeout=httpx.Timeout(30.0, connect=3.0),
            headers={"Authorization": f"Bearer {conf.model_key.get_secret_value()}"},
        )

    async def complete(self, prompt: str) -> str:
        try:
            answer = await self._http.post("/complete", json={"prompt": prompt[:8000]})
            answer.raise_for_status()
        except httpx.HTTPError as exc:
            log.error("model: %s", exc)
            raise AssistantDown from exc
        data = answer.json()
        log.info("used %s tokens", data["usage"]["tokens"])
        return data["text"]

    async def dictate(self, audio: bytes) -> str:
        with tempfile.TemporaryDirectory(prefix="leaf-") as name:
            source, target = Path(name, "in"), Path(name, "out.wav")
            source.write_bytes(audio)
            process = await asyncio.create_subprocess_exec("ffmpeg", "-i", source, target, stderr=asyncio.subprocess.PIPE)
            _, stderr = await asyncio.wait_for(process.communicate(), 30)
            if process.returncode != 0:
                log.warning("ffmpeg: %s", stderr[-300:].decode(errors="replace"))
                raise AssistantDown
            return await self.complete(target.read_bytes().hex()[:100])
