"""Alerts about StackLens itself: messages that are gone, and partitions that stop. Opened like any other alert."""

from datetime import datetime

from alerts.analyse import fingerprint
from alerts.lifecycle.actions import act_on_all
from alerts.lifecycle.deeds import UNRESOLVED, resolving
from alerts.lifecycle.ours import Kind, ours
from alerts.lifecycle.transitions import change
from alerts.models import Alert, Transition

GAP = Kind("data-gap", "DATA_GAP", "error", "Add workers, or keep messages longer than the longest outage of ours")
STOP = Kind(
    "partition-stopped",
    "PARTITION_STOPPED",
    "error",
    "Look at the newest dead letters: what writes into the topic? Then `manage.py resume_partition`",
)


def report_gap(topic: str, partition: int, first: int, upto: int, now: datetime) -> Transition:
    """Messages were gone before they were read. It stays open until a person resolves it."""
    message = (
        f"Messages {first} to {upto - 1} of {topic}-{partition} were deleted before they were read"
        if upto > first
        else f"{topic}-{partition} was made anew: after message {first - 1} it counts from {upto} again"
    )
    return report(GAP, topic, partition, message, now, key=f"{first}:{upto}:{now.isoformat()}")


def report_stop(topic: str, partition: int, at: int, why: str, now: datetime) -> Transition:
    """A partition is not read on from message ``at``. It stays open until a person lets the partition go on."""
    message = f"{topic}-{partition} is not read on: {why}"
    return report(STOP, topic, partition, message, now, key=f"{at}:{now.isoformat()}")


def partition_goes_on(topic: str, partition: int, by: str) -> None:
    name = fingerprint(STOP.slug, group(topic, partition))
    alerts = Alert.objects.filter(fingerprint=name, status__in=UNRESOLVED)
    act_on_all([alert.id.hex for alert in alerts], resolving(), by, "the partition goes on")


def report(kind: Kind, topic: str, partition: int, message: str, now: datetime, key: str) -> Transition:
    alert, new = ours(kind, group(topic, partition), now)
    alert.message = message
    alert.count += 1
    alert.last_seen = now
    alert.save()
    transition = change(alert, "opened" if new else "repeated", now, key=key, reason=alert.message)
    transition.data = {"count": alert.count}
    return transition


def group(topic: str, partition: int) -> dict[str, str | int]:
    return {"topic": topic, "partition": partition}
