import logging

from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException, Request, UploadFile
from pydantic import BaseModel

from . import db
from .config import Settings, get_settings
from .extract import ExtractionFailed, Extractor
from .limits import limiter
from .security import check_password, current_user, issue_token, require_service_token, verify_webhook

log = logging.getLogger(__name__)
router = APIRouter(prefix="/v1")
_extract = Extractor()


class Login(BaseModel):
    email: str
    password: str


@router.post("/auth/token")
@limiter.limit("5/minute")
def login(request: Request, form: Login, settings: Settings = Depends(get_settings)):
    row = db.find_user(form.email)
    if row is None or not check_password(form.password, row[1]):
        raise HTTPException(401, "email or password is wrong")
    return {"access_token": issue_token(row[0], settings), "token_type": "bearer"}


@router.get("/invoices")
def invoices(sort: str = "date", q: str | None = None, user: int = Depends(current_user)):
    return db.list_invoices(user, sort, q)


@router.post("/invoices")
@limiter.limit("10/minute")
async def upload(request: Request, file: UploadFile, user: int = Depends(current_user)):
    request.state.user_id = user
    try:
        fields = _extract(await file.read())
    except ExtractionFailed as exc:
        raise HTTPException(422, str(exc))
    except Exception:
        log.exception("extraction failed")
        raise HTTPException(500, "Something went wrong, try again later.")
    return {"id": db.save(user, fields)}


@router.get("/vendors/{vendor}/total")
def vendor_total(vendor: str, user: int = Depends(current_user)):
    return {"vendor": vendor, "total_cents": db.vendor_totals(user, vendor)}


@router.get("/export/{user_id}")
def export_all(user_id: int):
    return db.list_invoices(user_id, "date", None)


@router.post("/reindex", dependencies=[Depends(require_service_token)])
def reindex(tasks: BackgroundTasks):
    tasks.add_task(db.ping)
    return {"queued": True}


@router.post("/hooks/bank")
async def bank_hook(request: Request, settings: Settings = Depends(get_settings)):
    body = await request.body()
    if not verify_webhook(body, request.headers.get("x-signature", ""), settings):
        raise HTTPException(403, "bad signature")
    return {"ok": True}
