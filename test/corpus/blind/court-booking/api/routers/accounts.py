import secrets
import time
from collections import defaultdict, deque

from argon2.exceptions import VerifyMismatchError
from fastapi import APIRouter, Body, Depends, HTTPException, Request
from sqlalchemy import text

from ..config import Config, get_config
from ..database import find_members, session
from ..security import board, hasher, issue, member, reset_code

router = APIRouter()
RECENT = defaultdict(deque)


def slowly(request: Request):
    """Ten tries in five minutes for each address."""
    tries = RECENT[request.client.host]
    while tries and tries[0] < time.monotonic() - 300:
        tries.popleft()
    if len(tries) >= 10:
        raise HTTPException(429, "Too many tries")
    tries.append(time.monotonic())


@router.post("/login", dependencies=[Depends(slowly)])
async def login(mail: str = Body(), password: str = Body(), s=Depends(session), config: Config = Depends(get_config)):
    row = (await s.execute(text("SELECT id, role, hash FROM members WHERE mail = :m"), {"m": mail})).first()
    try:
        hasher.verify(row.hash if row else "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$AAAA", password)
    except (VerifyMismatchError, Exception):
        raise HTTPException(401, "Mail or password is wrong")
    return {"token": issue(row.id, row.role, config)}


@router.post("/reset")
async def reset(mail: str = Body(), code: str = Body(), password: str = Body(min_length=10), s=Depends(session), config: Config = Depends(get_config)):
    if code != reset_code(mail, config):
        raise HTTPException(403, "Wrong code")
    await s.execute(text("UPDATE members SET hash = :h WHERE mail = :m"), {"h": hasher.hash(password), "m": mail})
    await s.commit()
    return {"done": True}


@router.get("/members")
async def members(q: str, order: str = "asc", who: dict = Depends(board), s=Depends(session)):
    return await find_members(s, q, order)


@router.delete("/members/{member_id}")
async def remove(member_id: int, s=Depends(session)):
    await s.execute(text("DELETE FROM members WHERE id = :i"), {"i": member_id})
    await s.commit()


@router.post("/invite")
async def invite(who: dict = Depends(board)):
    return {"code": secrets.token_urlsafe(12)}


@router.get("/me")
async def me(who: dict = Depends(member)):
    return who
