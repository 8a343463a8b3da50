"""What a row says beside the alert's own fields: who is on it, and how it came."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from alerts.models import Alert, Transition
from alerts.mutes.kept import in_words
from alerts.plots import SPARKS, spark

TOLD = ("opened", "reopened", "repeated", "acknowledged")


def dress(alerts: Sequence[Alert]) -> Sequence[Any]:
    """Give each alert ``who`` (assigned, or else acknowledged it), ``spark`` (bars, from the announced counts) and
    ``mute`` (what keeps it quiet, in words)."""
    told: dict[Any, list[tuple[str, datetime, str, Any]]] = {}
    kept = Transition.objects.filter(alert__in=[alert.pk for alert in alerts], kind__in=TOLD).order_by("seq")
    for alert_id, *rest in kept.values_list("alert_id", "kind", "at", "by", "data"):
        told.setdefault(alert_id, []).append((rest[0], rest[1], rest[2], rest[3]))
    mutes = in_words(alert.muted_by for alert in alerts)
    for alert in alerts:
        history = told.get(alert.pk, [])
        dressed: Any = alert
        dressed.who = who(alert, history)
        dressed.spark = sparks(alert, history)
        dressed.mute = mutes.get(alert.muted_by, "")
    return alerts


def who(alert: Alert, history: list[tuple[str, datetime, str, Any]]) -> str:
    if alert.assignee:
        return alert.assignee.get_username()
    if alert.status != "acknowledged":
        return ""
    return next((by for kind, _, by, _ in reversed(history) if kind == "acknowledged"), "")


def sparks(alert: Alert, history: list[tuple[str, datetime, str, Any]]) -> list[tuple[float, float, float]]:
    """How fast the count grew, between the counts that were announced."""
    points = [(alert.first_seen.timestamp(), 0.0)]
    for kind, at, _, data in history:
        if kind in ("opened", "reopened"):
            points = [(alert.first_seen.timestamp(), 0.0)]
        elif kind == "repeated" and points[-1][0] < at.timestamp() < alert.last_seen.timestamp():
            points.append((at.timestamp(), max(float(data.get("count", 0)), points[-1][1])))
    if len(points) == 1:
        return []  # nothing was told in between
    points.append((max(alert.last_seen.timestamp(), points[-1][0] + 1), max(float(alert.count), points[-1][1])))
    return spark(points, SPARKS)
