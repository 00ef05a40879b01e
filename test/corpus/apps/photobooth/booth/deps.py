import secrets

from fastapi import Depends, Header, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from booth import settings

basic = HTTPBasic()


def guest(x_guest: str = Header(..., min_length=2, max_length=40)) -> str:
    return x_guest


def host(credentials: HTTPBasicCredentials = Depends(basic)) -> None:
    user_ok = secrets.compare_digest(credentials.username.encode(), b"host")
    password_ok = secrets.compare_digest(credentials.password.encode(), settings.HOST_PASSWORD.encode())
    if not (user_ok and password_ok):
        raise HTTPException(401, "wrong password", headers={"WWW-Authenticate": "Basic"})
