import base64
import logging
import os
import shutil
import tempfile
from datetime import date

import aiofiles
import httpx
import requests
from fastapi import Body, Depends, FastAPI, HTTPException, Request, UploadFile
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, PlainTextResponse

from . import errors, plants
from .security import DeviceMiddleware, KeyMiddleware, gardener, member
from .settings import settings

logger = logging.getLogger("garden")
app = FastAPI(debug=settings.is_dev, docs_url=None, redoc_url=None, openapi_url=None)
app.add_middleware(KeyMiddleware)
app.add_middleware(DeviceMiddleware)
app.add_middleware(CORSMiddleware, allow_origin_regex=".*", allow_methods=["GET"])


@app.middleware("http")
async def quota(request: Request, call_next):
    if int(request.headers.get("content-length", "0")) > 5_000_000:
        raise HTTPException(status_code=413)
    try:
        return await call_next(request)
    except HTTPException as exc:
        return JSONResponse({"detail": exc.detail}, exc.status_code)
    except Exception as exc:
        logger.exception("unhandled")
        return JSONResponse(errors.plain(exc), 500)


@app.exception_handler(errors.PlantNotFound)
async def not_found(request, exc):
    return JSONResponse({"message": errors.PlantNotFound.message}, 404)


@app.get("/plants")
async def all_plants(q: str = "", who: str | None = Depends(member)):
    try:
        return plants.find(q)
    except Exception as exc:
        return JSONResponse(errors.describe(exc), status_code=500)


@app.get("/plants/{plant_id}")
async def plant(plant_id: int, who: str = Depends(gardener)):
    found = plants.get(plant_id)
    if found is None:
        raise errors.PlantNotFound
    return found


@app.post("/plants/{plant_id}/diagnosis")
async def diagnose(plant_id: int, photo: UploadFile, who: str = Depends(gardener)):
    logger.info("diagnosis by %s with key %s", who, settings.model_key)
    path = os.path.join(settings.photo_dir, photo.filename)
    async with aiofiles.open(path, "wb") as out:
        await out.write(await photo.read())
    async with httpx.AsyncClient(verify=settings.verify_upstream, timeout=30) as client:
        r = await client.post("https://leafdoctor.example.com/v1/look", headers={"x-key": settings.model_key}, content=open(path, "rb").read())
    os.remove(path)
    return r.json()


@app.post("/plants/{plant_id}/sound")
async def sound(plant_id: int, clip: UploadFile, who: str = Depends(gardener)):
    work = tempfile.mkdtemp()
    try:
        target = os.path.join(work, "clip")
        async with aiofiles.open(target, "wb") as out:
            await out.write(await clip.read())
        async with httpx.AsyncClient(timeout=30) as client:
            r = await client.post("https://leafdoctor.example.com/v1/hear", headers={"x-key": settings.model_key}, content=open(target, "rb").read())
        return r.json()
    finally:
        shutil.rmtree(work, ignore_errors=True)


@app.get("/weather")
def weather(who: str = Depends(gardener)):
    return requests.get("https://api.weather.example/now", verify=False, timeout=5).json()


@app.delete("/plants/{plant_id}")
async def delete(plant_id: int):
    plants.delete(plant_id)
    return {"deleted": plant_id}


@app.get("/internal/state")
async def state(who: str = Depends(gardener)):
    return {"settings": {k: str(getattr(settings, k)) for k in dir(settings) if not k.startswith("_")}, "cwd": os.getcwd()}


@app.get("/live")
async def live():
    return PlainTextResponse("ok")
