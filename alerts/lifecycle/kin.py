"""Alerts that were merged into others: what their groups do is counted and told by the alert they were merged into.

As long as that one is unresolved: it is resolved when its own group and all of theirs have cleared, and whose group
comes back later is an alert of its own again.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from alerts.episodes import Event, Summary
from alerts.lifecycle.shown import show
from alerts.lifecycle.snoozes import woken_by_count
from alerts.lifecycle.transitions import change
from alerts.models import Alert, Transition
from alerts.windows import Outcome
from search.store import moment


def family(fingerprints: Iterable[str]) -> set[str]:
    """The groups whose alerts have to be known besides: what these were merged into, and what was merged into these."""
    names = list(fingerprints)
    merged = Alert.objects.filter(merged_into__isnull=False)
    near = merged.filter(Q(fingerprint__in=names) | Q(merged_into__fingerprint__in=names))
    return {name for pair in near.values_list("fingerprint", "merged_into__fingerprint") for name in pair}


class Kin:
    """The alerts at hand, by how they are merged. One object an alert: what is changed here is saved with the rest."""

    def __init__(self, alerts: Iterable[Alert]) -> None:
        self.alerts = {alert.pk: alert for alert in alerts}
        self.sources: dict[object, list[Alert]] = {}
        for alert in self.alerts.values():
            if alert.merged_into_id:
                self.sources.setdefault(alert.merged_into_id, []).append(alert)

    def target(self, alert: Alert) -> Alert | None:
        found = self.alerts.get(alert.merged_into_id) if alert.merged_into_id else None
        return found if found and found.status != "resolved" and alert.status == "resolved" else None

    def firing(self, target: Alert) -> bool:
        """Whether a group that was merged into it has not cleared."""
        return any(alert.cleared_at is None and self.target(alert) for alert in self.sources.get(target.pk, ()))

    def pass_on(self, verdict: Outcome, alert: Alert, target: Alert, now: datetime) -> list[Transition]:
        """The same as ``follow`` does, told by the target."""
        transitions: list[Transition] = []
        for event in verdict.events:
            key, kind = f"{alert.pk}:{event.episode}:{event.count}", event.kind
            if kind in ("opened", "reopened"):
                alert.episode, alert.cleared_at, alert.count, kind = event.episode, None, 0, "repeated"
                absorb(alert, target, verdict.summary_of(event))
            elif kind == "resolved":
                transitions += self.clear(event, alert, target, now)
                continue
            transitions.append(change(target, kind, now, key))
            transitions[-1].data = {"count": target.count, "merged": str(alert.pk)}
            if event.severity:
                target.severity = transitions[-1].data["severity"] = event.severity
        if verdict.summary:
            absorb(alert, target, verdict.summary)
            transitions += woken_by_count(target, now)
        return transitions

    def clear(self, event: Event, alert: Alert, target: Alert, now: datetime) -> list[Transition]:
        assert event.summary is not None
        assert event.at is not None
        absorb(alert, target, event.summary)
        alert.cleared_at = moment(event.at)
        if target.cleared_at is None or self.firing(target):
            return []
        target.status, target.resolved_at = "resolved", now
        target.cleared_at = max(target.cleared_at, alert.cleared_at)
        target.snoozed_until = target.snoozed_count = None
        resolved = change(target, "resolved", now, f"{alert.pk}:{event.episode}", reason="recovered")
        resolved.event_at, resolved.data = target.cleared_at, {"count": target.count}
        return [resolved]


def absorb(alert: Alert, target: Alert, summary: Summary) -> None:
    before = alert.count
    show(alert, summary)
    target.absorbed += alert.count - before
    target.count += alert.count - before
    target.last_seen = max(target.last_seen, alert.last_seen)
