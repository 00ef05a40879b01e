from fastapi import HTTPException, Request
from starlette.responses import JSONResponse


class GatewayError(Exception):
    def __init__(self, status: int, title: str):
        self.status, self.title = status, title


def problem(status: int, title: str) -> JSONResponse:
    return JSONResponse({"title": title, "status": status}, status_code=status, media_type="application/problem+json")


async def render(request: Request, exc: GatewayError) -> JSONResponse:
    return problem(exc.status, exc.title)
