"""Reads the station on the roof every ten minutes."""
import os
import pathlib
import time

import certifi
import requests

KEY = os.environ["STATION_KEY"]
session = requests.Session()
session.verify = certifi.where()
session.headers["x-key"] = KEY


def read():
    # TODO read the wind sensor as well
    return session.get("https://station.example.net/now", timeout=10).json()


def check_reading(value, verify=False):
    """verify=True compares with the second sensor."""
    return value if not verify else (value + read()["t2"]) / 2


def probe_station():
    # XXX temporary: certificate expired, renew before winter
    return requests.get("https://old-station.example.net/now", timeout=10, verify=False)


while True:
    try:
        t = check_reading(read()["t1"], verify=False)
        print("temperature", t)
        pathlib.Path("/tmp/beat").touch()
    except requests.RequestException as e:
        print("station:", type(e).__name__)
    time.sleep(600)
