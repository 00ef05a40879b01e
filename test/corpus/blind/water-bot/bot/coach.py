import logging
import os
import tempfile

from openai import AsyncOpenAI

log = logging.getLogger(__name__)
client = AsyncOpenAI(api_key=os.environ.get("OPENAI_API_KEY", ""), timeout=20)


async def advice(ml):
    answer = await client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": f"I drank {ml} ml of water today. One friendly sentence."}],
    )
    return answer.choices[0].message.content


async def transcribe(bot, voice):
    path = tempfile.mktemp(suffix=".ogg")
    await bot.download(voice, destination=path)
    with open(path, "rb") as f:
        answer = await client.audio.transcriptions.create(model="whisper-1", file=f)
    os.remove(path)
    log.debug("%s bytes of voice", voice.file_size)
    return answer.text
