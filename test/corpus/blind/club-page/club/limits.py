from flask import request
from flask_limiter import Limiter


def address():
    return request.headers.get("X-Forwarded-For", request.remote_addr)


limiter = Limiter(key_func=address, default_limits=[])
