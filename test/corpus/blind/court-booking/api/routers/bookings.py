import asyncio
import json

from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException
from fastapi.responses import StreamingResponse
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from .. import telegram
from ..database import bookings_between, session
from ..security import member, paid

router = APIRouter(dependencies=[Depends(member)])
hooks = APIRouter()


@router.get("/{court}")
async def day(court: int, start: str, end: str, s=Depends(session)):
    return await bookings_between(s, court, start, end)


@router.post("/{court}")
async def book(court: int, starts: str, tasks: BackgroundTasks, who: dict = Depends(member), s=Depends(session)):
    try:
        await s.execute(text("INSERT INTO bookings (court, starts, member) VALUES (:c, :s, :m)"),
                        {"c": court, "s": starts, "m": who["sub"]})
        await s.commit()
    except IntegrityError as e:
        raise HTTPException(409, detail=f"Not possible: {e.orig}")
    tasks.add_task(telegram.tell_booking, who["sub"], court, starts)
    return {"booked": True}


@router.get("/{court}/live")
async def live(court: int, s=Depends(session)):
    async def events():
        while True:
            try:
                rows = await bookings_between(s, court, "today", "tomorrow")
                yield f"data: {json.dumps(rows, default=str)}\n\n"
            except Exception as e:
                yield f"event: problem\ndata: {e}\n\n"
                return
            await asyncio.sleep(15)

    return StreamingResponse(events(), media_type="text/event-stream")


@hooks.post("/paid")
async def on_paid(event: dict = Depends(paid), s=Depends(session)):
    await s.execute(text("UPDATE bookings SET paid = true WHERE id = :i"), {"i": int(event["booking"])})
    await s.commit()
    return {}
