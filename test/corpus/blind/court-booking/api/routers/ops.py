from fastapi import APIRouter, Depends
from sqlalchemy import text

from ..config import Config, get_config
from ..database import exists, session
from ..security import board
from . import bookings

router = APIRouter()
router.include_router(bookings.hooks)


@router.get("/health")
async def health(s=Depends(session)):
    return {"ok": await exists(s)}


@router.get("/settings", dependencies=[Depends(board)])
async def effective(config: Config = Depends(get_config)):
    return config.model_dump()


@router.get("/routes", dependencies=[Depends(board)])
async def limits(config: Config = Depends(get_config)):
    return {"token_minutes": config.token_minutes}


# FIXME: temporary, remove the open vacuum before the season starts
@router.post("/vacuum")
async def vacuum(s=Depends(session)):
    await s.execute(text("DELETE FROM bookings WHERE starts < now() - interval '1 year'"))
    await s.commit()


# TODO: show the number of courts here as well
@router.get("/stats", dependencies=[Depends(board)])
async def stats(s=Depends(session)):
    return {"bookings": (await s.execute(text("SELECT count(*) FROM bookings"))).scalar()}
