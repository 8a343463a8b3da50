"""Snoozed alerts wake by themselves: at their time, or when they have counted on far enough."""

from datetime import datetime

from django.db.models import QuerySet

from alerts.lifecycle.transitions import change
from alerts.models import Alert, Transition

AT_ONCE = 1000  # the others at the next tick


def sleepers(now: datetime) -> QuerySet[Alert]:
    """Whose time is over."""
    return Alert.objects.filter(status="snoozed", snoozed_until__lte=now)


def wake_due(now: datetime) -> list[Transition]:
    """Open what was snoozed until now. Queues the transitions; to be called in a transaction that publishes them."""
    alerts = list(sleepers(now).order_by("id").select_for_update()[:AT_ONCE])
    transitions = [woken(alert, now, str(alert.snoozed_until), "its time is over") for alert in alerts]
    woke = Alert.objects.filter(pk__in=[alert.pk for alert in alerts])
    woke.update(status="open", snoozed_until=None, snoozed_count=None)
    return transitions


def woken_by_count(alert: Alert, now: datetime) -> list[Transition]:
    """The same when the count is there; the alert is saved by the caller."""
    if alert.status != "snoozed" or alert.snoozed_count is None or alert.count < alert.snoozed_count:
        return []
    return [woken(alert, now, str(alert.snoozed_count), f"counted {alert.count}")]


def woken(alert: Alert, now: datetime, key: str, reason: str) -> Transition:
    transition = change(alert, "unsnoozed", now, f"{alert.episode}:{alert.seq}:{key}", reason=reason)
    alert.status = "open"
    alert.snoozed_until = alert.snoozed_count = None
    return transition
