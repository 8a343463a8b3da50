"""Our own alert: messages were gone before they were read."""

import uuid
from datetime import datetime

from alerts.analyse import fingerprint
from alerts.lifecycle.transitions import NAMESPACE, change
from alerts.models import Alert, Transition

DATA_GAP = "data-gap"  # stands where a rule's slug would


def report_gap(topic: str, partition: int, first: int, upto: int, now: datetime) -> Transition:
    """Open it, or count on; it stays open until a person resolves it."""
    group = {"topic": topic, "partition": partition}
    name = fingerprint(DATA_GAP, group)
    alert = Alert.objects.select_for_update().filter(fingerprint=name).order_by("-episode").first()
    kind = "repeated"
    if alert is None or alert.status == "resolved":
        kind = "opened"
        episode = alert.episode + 1 if alert else 1
        alert = Alert(
            id=uuid.uuid5(NAMESPACE, f"{name}:{episode}"),
            fingerprint=name,
            rule_slug=DATA_GAP,
            rule_version=0,
            group=group,
            issue_code="DATA_GAP",
            severity="error",
            suggested_fix="Add workers, or keep messages longer than the longest outage of ours",
            confidence=1.0,
            first_seen=now,
            created_at=now,
            episode=episode,
            previous=alert,
        )
    alert.message = (
        f"Messages {first} to {upto - 1} of {topic}-{partition} were deleted before they were read"
        if upto > first
        else f"{topic}-{partition} was made anew: after message {first - 1} it counts from {upto} again"
    )
    alert.count += 1
    alert.last_seen = now
    alert.save()
    transition = change(alert, kind, now, key=f"{first}:{upto}:{now.isoformat()}", reason=alert.message)
    transition.data = {"count": alert.count}
    return transition
