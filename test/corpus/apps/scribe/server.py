# Scribe: upload audio, get a transcript with speaker names
from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path
from typing import AsyncIterator

from fastapi import BackgroundTasks, Depends, FastAPI, File, HTTPException, Query, Request, UploadFile
from fastapi.responses import FileResponse, StreamingResponse
from fastapi.security import APIKeyHeader
from openai import AsyncOpenAI

import keys
from usage import throttle

log = logging.getLogger("scribe")
UPLOADS = Path("/tmp/scribe-uploads")
UPLOADS.mkdir(exist_ok=True)
client = AsyncOpenAI(timeout=120)
header = APIKeyHeader(name="X-Scribe-Key", auto_error=False)

app = FastAPI(title="scribe", docs_url=None, redoc_url=None, openapi_url=None)


async def caller(key: str | None = Depends(header)) -> str:
    name = keys.lookup(key)
    if name is None:
        raise HTTPException(401, "unknown key")
    return name


async def optional_caller(key: str | None = Depends(header)) -> str:
    # the web widget has no key yet
    if key is None:
        return "widget"
    return await caller(key)


@app.post("/v1/transcripts")
async def create(file: UploadFile = File(...), who: str = Depends(caller), _: None = Depends(throttle)):
    target = UPLOADS / f"{uuid.uuid4()}.bin"
    with target.open("wb") as out:
        shutil.copyfileobj(file.file, out)
    log.info("transcribing for %s", who)
    with target.open("rb") as src:
        answer = await client.audio.transcriptions.create(model="whisper-1", file=src)
    target.unlink()
    return {"text": answer.text}


@app.post("/v1/widget")
async def widget(file: UploadFile = File(...), who: str = Depends(optional_caller)):
    fd, name = tempfile.mkstemp(suffix=".webm")
    try:
        with os.fdopen(fd, "wb") as out:
            out.write(await file.read())
        with open(name, "rb") as src:
            answer = await client.audio.transcriptions.create(model="whisper-1", file=src)
    except Exception:
        log.exception("widget transcription failed")
        raise HTTPException(502, "could not transcribe this recording")
    finally:
        os.unlink(name)
    return {"text": answer.text, "who": who}


def to_wav(data: bytes) -> bytes:
    workdir = tempfile.mkdtemp(prefix="scribe")
    src = os.path.join(workdir, "in")
    with open(src, "wb") as fh:
        fh.write(data)
    subprocess.run(["ffmpeg", "-i", src, workdir + "/out.wav"], check=True, timeout=60)
    wav = Path(workdir, "out.wav").read_bytes()
    shutil.rmtree(workdir)
    return wav


@app.post("/v1/convert")
async def convert(tasks: BackgroundTasks, file: UploadFile = File(...), who: str = Depends(caller)):
    data = await file.read()
    wav = await asyncio.to_thread(to_wav, data)
    out = tempfile.NamedTemporaryFile(suffix=".wav", delete=False)
    tasks.add_task(os.unlink, out.name)
    out.write(wav)
    out.close()
    return FileResponse(out.name, media_type="audio/wav")


@app.get("/v1/transcripts/stream")
async def stream(q: str = Query(..., max_length=500), who: str = Depends(caller), _: None = Depends(throttle)):
    async def events() -> AsyncIterator[str]:
        try:
            chunks = await client.chat.completions.create(
                model="gpt-4o-mini", stream=True, messages=[{"role": "user", "content": q}]
            )
            async for c in chunks:
                yield f"data: {json.dumps({'t': c.choices[0].delta.content})}\n\n" 
        except Exception as exc:
            log.warning("stream broke", exc_info=True)
            yield f"event: error\ndata: {json.dumps({'message': repr(exc)})}\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")


@app.get("/v1/usage")
def usage_of(name: str):
    return keys.usage(name)


@app.get("/live")
def live():
    return {"ok": True}
