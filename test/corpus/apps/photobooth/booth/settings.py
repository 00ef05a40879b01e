import os
from datetime import datetime, timezone

EVENT_CODE = os.environ["EVENT_CODE"]
HOST_PASSWORD = os.environ["HOST_PASSWORD"]
CLOSES = datetime.fromisoformat(os.environ.get("CLOSES", "2099-01-01T00:00:00+00:00"))
TRACE_SQL = os.environ.get("TRACE_SQL", "no") == "yes"


def is_open() -> bool:
    return datetime.now(timezone.utc) < CLOSES
