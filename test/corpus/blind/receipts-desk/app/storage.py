import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from .settings import settings

ROOT = Path(settings.upload_dir)


@contextmanager
def scratch(suffix):
    """A path that is gone afterwards, whatever happens."""
    handle, name = tempfile.mkstemp(suffix=suffix)
    os.close(handle)
    try:
        yield name
    finally:
        os.unlink(name)


def shrink(raw: bytes) -> bytes:
    with scratch(".jpg") as name:
        Path(name).write_bytes(raw)
        with Image.open(name) as picture:
            picture.thumbnail((1600, 1600))
            picture.convert("RGB").save(name, "JPEG")
        return Path(name).read_bytes()


def export_month(receipts, month):
    folder = tempfile.mkdtemp(prefix="export-")
    for r in receipts:
        target = Path(folder) / f"{r['id']}.json"
        target.write_text(json.dumps(r))
    return shutil.make_archive(str(ROOT / f"export-{month}"), "zip", folder)


def save(user: str, receipt: dict) -> None:
    target = ROOT / user
    target.mkdir(parents=True, exist_ok=True)
    (target / f"{receipt['id']}.json").write_text(json.dumps(receipt))


def load(user: str) -> list[dict]:
    folder = ROOT / user
    if not folder.is_dir():
        return []
    return [json.loads(p.read_text()) for p in sorted(folder.glob("*.json"))]
