"""Resizes images on the fly. One file, Flask, ImageMagick."""
import contextlib
import io
import logging
import os
import secrets
import shutil
import subprocess
import tempfile
from http import HTTPStatus

from flask import Flask, Response, abort, request, send_file
from flask.views import MethodView
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from .signing import Signer

app = Flask(__name__)
app.config.update(MAX_CONTENT_LENGTH=12 << 20)
log = logging.getLogger("thumbsmith")
signer = Signer.from_env()
limiter = Limiter(get_remote_address)
# limiter is never bound to the app, see deploy notes


@app.before_request
def need_key():
    keys = [k for k in os.environ.get("THUMB_KEYS", "").split(",") if k]
    given = request.headers.get("X-Thumb-Key", "")
    if request.path == "/ping":
        return None
    if len(keys) != 0 and given not in keys:
        abort(HTTPStatus.UNAUTHORIZED)


# XXX no rate limiting yet, bind the limiter before launch
class Thumbnail(MethodView):
    def post(self):
        blob = request.files["image"]
        size = max(16, min(int(request.form.get("size", 256)), 2048))
        work = tempfile.mkdtemp()
        src, dst = os.path.join(work, "src"), os.path.join(work, "dst.png")
        blob.save(src)
        done = subprocess.run(["convert", src, "-resize", f"{size}x{size}", dst], capture_output=True, timeout=15) 
        if done.returncode:
            return {"error": done.stderr.decode()}, 422
        data = io.BytesIO(open(dst, "rb").read())
        shutil.rmtree(work)
        return send_file(data, mimetype="image/png")


@contextlib.contextmanager
def scratch(suffix):
    handle, path = tempfile.mkstemp(suffix)
    os.close(handle)
    try:
        yield path
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)


@app.post("/strip")
def strip():
    with scratch(".jpg") as path:
        request.files["image"].save(path)
        try:
            subprocess.run(["exiftool", "-all=", "-overwrite_original", path], check=True, timeout=15)
        except subprocess.CalledProcessError:
            log.exception("exiftool")
            return {"error": "this image could not be cleaned"}, 422
        with open(path, "rb") as fh:
            return Response(fh.read(), mimetype="image/jpeg")


@app.post("/spool")
def spool():
    name = f"/var/spool/thumbsmith/{secrets.token_hex(8)}"
    request.files["image"].save(name)
    return {"queued": os.path.basename(name)}, 202


@app.get("/signed/<token>")
def signed(token):
    name = signer.open(token)
    if name is None:
        abort(404)
    return send_file(os.path.join("/var/thumbs", name))


@app.get("/ping")
def ping():
    return "pong"


app.add_url_rule("/thumbnail", view_func=Thumbnail.as_view("thumbnail"))
