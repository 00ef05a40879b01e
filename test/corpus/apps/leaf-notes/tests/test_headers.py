from fastapi.testclient import TestClient

from leaf.app import create


def test_no_wildcard():
    r = TestClient(create()).get("/ready", headers={"Origin": "https://evil.example"})
    assert r.headers.get("access-control-allow-origin") != "*"
    assert "strict-transport-security" in r.headers
