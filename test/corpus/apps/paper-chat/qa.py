import logging
import time

import httpx
import numpy as np
from openai import OpenAI

log = logging.getLogger(__name__)


class QuotaExceeded(Exception):
    pass


class Assistant:
    DAILY = 200

    def __init__(self, api_key: str, *, verify: bool = True):
        self.client = OpenAI(api_key=api_key, timeout=45, http_client=httpx.Client(verify=verify, timeout=45))
        self.chunks, self.vectors, self.used, self.day = [], None, 0, None
        log.debug("assistant ready, key length %d", len(api_key))

    # TODO: batch requests with more than 2048 chunks
    def index(self, pages):
        self.chunks = [p.page_content for p in pages]
        out = self.client.embeddings.create(model="text-embedding-3-small", input=self.chunks)
        self.vectors = np.array([d.embedding for d in out.data])

    def _charge(self):
        today = time.strftime("%F")
        if self.day != today:
            self.day, self.used = today, 0
        if self.used >= self.DAILY:
            raise QuotaExceeded()
        self.used += 1

    def ask(self, question: str) -> str:
        self._charge()
        v = np.array(self.client.embeddings.create(model="text-embedding-3-small", input=[question]).data[0].embedding)
        best = np.argsort(self.vectors @ v)[-4:]
        context = "\n---\n".join(self.chunks[i] for i in best)
        r = self.client.chat.completions.create(
            model="gpt-4o-mini",
            messages=[{"role": "user", "content": f"{context}\n\nQuestion: {question}"}],
        )
        return r.choices[0].message.content
