import hashlib
import hmac
import os
import secrets

import streamlit as st

USERS_FILE = os.environ.get("BOOK_USERS", "users.txt")


def _hash(password: str, salt: str) -> str:
    return hashlib.scrypt(password.encode(), salt=salt.encode(), n=2**14, r=8, p=1).hex()


def _users() -> dict:
    with open(USERS_FILE) as fh:
        return {n: (s, h) for n, s, h in (line.strip().split(":") for line in fh)}


def login_form():
    if "user" in st.session_state:
        return st.session_state.user
    tries = st.session_state.setdefault("tries", 0)
    name = st.text_input("Name")
    password = st.text_input("Password", type="password")
    if not st.button("Log in"):
        return None
    if tries >= 5:
        st.error("Too many tries.")
        return None
    st.session_state.tries = tries + 1
    salt, want = _users().get(name, ("x", secrets.token_hex(64)))
    if secrets.compare_digest(_hash(password, salt), want):
        st.session_state.user = name
        return name
    st.error("Name or password is wrong.")
    return None
