"""Who was told of an alert, for its page: the streams by their positions, the destinations by their deliveries."""

from typing import Any

from django.db.models import Count, Min, Q

from alerts.models import Alert
from integrations.models import Attempt, Destination, StreamPosition
from integrations.streams.reading import STREAMS

ATTEMPTS = 10


def streams(alert: Alert) -> list[dict[str, Any]]:
    numbers = list(alert.transitions.values_list("seq", flat=True))
    reached = StreamPosition.objects.filter(name__in=list(STREAMS)).values_list("name", "seq")
    return [row(name, sum(n <= seq for n in numbers), sum(n > seq for n in numbers)) for name, seq in reached]


def destinations(alert: Alert) -> list[dict[str, Any]]:
    counted = Destination.objects.filter(deliveries__alert=alert).annotate(
        told=Count("deliveries", Q(deliveries__state="told")),
        waiting=Count("deliveries", Q(deliveries__state="waiting")),
        given_up=Count("deliveries", Q(deliveries__state="given_up")),
        next_try=Min("deliveries__thread__due_at", filter=Q(deliveries__state="waiting")),
    )
    return [
        row(one.name, one.told, one.waiting)
        | {"given_up": one.given_up, "next_try": one.next_try, "attempts": attempts(alert, one)}
        for one in counted
    ]


def row(name: str, told: int, waiting: int) -> dict[str, Any]:
    return {
        "destination": name,
        "told": told,
        "waiting": waiting,
        "given_up": 0,
        "next_try": None,
        "attempts": [],
    }


def attempts(alert: Alert, destination: Destination) -> list[dict[str, Any]]:
    """The last, newest first."""
    rows = Attempt.objects.filter(delivery__alert=alert, delivery__destination=destination).order_by("-id")
    return [
        {"at": one.at, "seconds": round(one.seconds, 3), "outcome": one.outcome, "words": one.words}
        for one in rows[:ATTEMPTS]
    ]
