"""Notices to be told, and settings that let us call this machine."""

from typing import Any

from integrations.destinations.kind import Notice, Told

EVIL = '<!channel> <b>&"x"</b> *bold* [a](javascript:1)\r\nBcc: all@example.com'
ALERT: dict[str, Any] = {
    "id": "0190c2a4-0000-7000-8000-000000000001",
    "issue_code": "PRICE_MISSING",
    "severity": "error",
    "message": "Product price is null",
    "suggested_fix": "Fall back to the last price",
    "service": "checkout",
    "group": {"service": "checkout", "region": "eu"},
    "status": "open",
    "count": 42,
    "first_seen": "2026-11-24T12:00:00.000Z",
    "last_seen": "2026-11-24T12:05:00.000Z",
    "url": "/alerts/0190c2a4-0000-7000-8000-000000000001/",
    "ticket": None,
}


def happened(kind: str, by: str = "system", reason: str = "") -> dict[str, Any]:
    return {"kind": kind, "at": "2026-11-24T12:00:00.000Z", "by": by, "reason": reason, "data": {}, "seq": 7}


def notice(*alerts: dict[str, Any], kind: str = "opened", reference: Any = None, **more: Any) -> Notice:
    told = [Told({**ALERT, **alert}, [happened(kind, **more)]) for alert in alerts or ({},)]
    return Notice("key-1", "route-1/checkout", {"service": "checkout"}, told, "https://lens.example", reference)
