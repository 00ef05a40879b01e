import queue
import uuid

import httpx

_jobs: "queue.Queue[tuple[str, str, bytes]]" = queue.Queue(maxsize=200)
_names: list[str] = []
# the printer has a certificate of the venue's own CA
printer = httpx.Client(base_url="https://printer.venue.example", verify="/etc/ssl/venue.pem", timeout=20)


# FIXME: the author of a photo may contain emoji the printer cannot show
def enqueue(who: str, data: bytes) -> str:
    job = uuid.uuid4().hex
    _jobs.put_nowait((job, who, data))
    _names.append(who)
    return job


def approve(photo_id: str) -> None:
    for job, _, data in list(_jobs.queue):
        if job == photo_id:
            printer.post("/print", content=data)


def reject(photo_id: str) -> None:
    _jobs.queue = type(_jobs.queue)(j for j in _jobs.queue if j[0] != photo_id)


def names() -> list[str]:
    return _names[-50:]


def length() -> int:
    return _jobs.qsize()


async def events():
    for n in _names:
        yield n
