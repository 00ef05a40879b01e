from fastapi import FastAPI, Request
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware

from gateway import errors, guards, middleware, routes
from gateway.conf import conf

app = FastAPI(
    docs_url=None,
    redoc_url=None,
    openapi_url=None,
    middleware=[
        Middleware(
            CORSMiddleware,
            allow_origin_regex=r"https://.*\.gateway\.example\.net.*",
            allow_credentials=True,
        ),
        Middleware(middleware.TenantMiddleware),
        Middleware(middleware.BodyLimit, limit=2_000_000),
        Middleware(middleware.Maintenance),
    ],
)

app.add_middleware(BaseHTTPMiddleware, dispatch=middleware.require_client_id)
app.add_middleware(BaseHTTPMiddleware, dispatch=middleware.geo_block)
app.add_middleware(middleware.AsgiKey)
app.add_exception_handler(errors.GatewayError, errors.render)
app.include_router(routes.router)
app.include_router(routes.admin, prefix="/admin")


@app.middleware("http")
async def ip_allow(request: Request, call_next):
    guards.ensure_allowed(request)
    return await call_next(request)


@app.middleware("http")
async def version_pin(request: Request, call_next):
    if request.headers.get("x-api-version", "3") not in conf.versions:
        return errors.problem(400, "unsupported version")
    return await call_next(request)
