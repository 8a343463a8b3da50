"""What a mute would mute right now, looked at before it is saved."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from alerts.event import alert_event
from alerts.models import Alert
from alerts.mutes.inhibition import InhibitionSpec, inhibited
from alerts.mutes.maintenance import MaintenanceSpec, Span, upcoming
from alerts.mutes.marks import unresolved
from query import matcher

SHOWN = 50
OCCURRENCES = 5


def by_query(query: str) -> list[Alert]:
    """The alerts that fire and meet the query, the last seen first."""
    meets = matcher(query, "alerts")
    return [alert for alert in firing() if meets(alert_event(alert))]


def by_inhibition(spec: InhibitionSpec) -> list[Alert]:
    """The alerts that this inhibition alone would mute."""
    alerts = firing()
    muted = inhibited([spec], [alert_event(alert) for alert in alerts])
    return [alert for alert in alerts if str(alert.pk) in muted]


def firing() -> list[Alert]:
    return list(unresolved().order_by("-last_seen", "id"))


def occurrences(spec: MaintenanceSpec, now: datetime) -> list[Span]:
    """When it is in force next, the one that goes on included."""
    return upcoming(spec, now, OCCURRENCES)


def as_json(alerts: Sequence[Alert]) -> dict[str, Any]:
    return {"count": len(alerts), "alerts": [alert_event(alert) for alert in alerts[:SHOWN]]}
