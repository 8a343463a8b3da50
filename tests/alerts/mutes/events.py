"""Alert events and alerts for the tests of mutes."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from alerts import lifecycle
from alerts.event import iso
from alerts.models import Alert

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def event(number: int, opened: int = 0, **fields: Any) -> dict[str, Any]:
    """``opened``: seconds after noon."""
    made: dict[str, Any] = {"id": f"a{number}", "created_at": iso(NOON + timedelta(seconds=opened)), "group": {}}
    return made | {"severity": "error", "status": "open", "message": "", "service": "shop", "rule": "r"} | fields


def opened(at: datetime = NOON, **fields: Any) -> Alert:
    """An alert that has opened, with its transition."""
    name = uuid.uuid4()
    values: dict[str, Any] = {"fingerprint": name.hex, "rule_slug": "price", "rule_version": 1, "service": "shop"}
    values |= {"issue_code": "PRICE", "severity": "error", "message": "no price", "group": {"service": "shop"}}
    alert = Alert(id=name, first_seen=at, last_seen=at, created_at=at, **values | fields)
    alert.save()
    lifecycle.publish([lifecycle.change(alert, "opened", at, "1")])
    alert.refresh_from_db()
    return alert


def told(alert: Alert) -> list[tuple[str, str]]:
    return list(alert.transitions.order_by("seq").values_list("kind", "muted_by"))
