import pytest
from fastapi.testclient import TestClient

from leaf.app import create
from leaf.config import Config, config

TEST_SECRET = "t" * 32
EXPIRED = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"


@pytest.fixture
def client():
    app = create()
    app.dependency_overrides[config] = lambda: Config(secret_key=TEST_SECRET, hook_secret=TEST_SECRET, model_key="none")
    return TestClient(app)


def test_refuses_without_token(client):
    assert client.get("/notes").status_code == 401


def test_refuses_expired(client):
    token = EXPIRED
    assert client.get("/notes", headers={"Authorization": f"Bearer {token}"}).json()["detail"] == "not authenticated"
