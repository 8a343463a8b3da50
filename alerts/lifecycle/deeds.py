"""What people do to alerts: each deed says what it needs and what it sets."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from alerts.lifecycle.actions import Action, act
from alerts.models import Alert

UNRESOLVED = ("open", "acknowledged", "snoozed")
AWAKE: dict[str, Any] = {"snoozed_until": None, "snoozed_count": None}
ANYBODY = object()


def acknowledging() -> Action:
    """Somebody is on it: quiet until it clears, then armed again."""
    return Action("acknowledged", Q(status__in=("open", "snoozed")), {"status": "acknowledged"} | AWAKE)


def resolving() -> Action:
    """Resolve by hand; the rule is armed anew and counts from zero."""
    now = timezone.now()
    sets = {"status": "resolved", "resolved_at": now, "cleared_at": now} | AWAKE
    return Action("resolved", Q(status__in=UNRESOLVED), sets, disarms=True)


def reopening() -> Action:
    """Open again what was resolved, merged, acknowledged or snoozed, unless a newer alert has taken its place."""
    same = Alert.objects.filter(fingerprint=OuterRef("fingerprint"))
    newer = Q(Exists(same.filter(episode__gt=OuterRef("episode"))))
    needs = Q(status__in=("resolved", "acknowledged", "snoozed")) & ~newer
    sets = {"status": "open", "resolved_at": None, "cleared_at": None, "merged_into": None} | AWAKE

    def refused(alert: Alert) -> str:
        return "there is a newer alert of the same rule and group" if alert.status != "open" else "the alert is open"

    return Action("reopened", needs, sets, refused=refused)


def snoozing(until: datetime | None = None, more: int | None = None) -> Action:
    """Until a time, or until it has counted ``more``, whichever comes first."""
    sets = {"status": "snoozed", "snoozed_until": until, "snoozed_count": F("count") + more if more else None}
    data = {"until": until.isoformat() if until else None, "more": more}
    return Action("snoozed", Q(status__in=("open", "acknowledged")), sets, data)


def assigning(user: User, instead_of: Any = ANYBODY) -> Action:
    """``instead_of``: whom it must still be assigned to, None for nobody."""
    name = user.get_username()
    others = Q(assignee__isnull=True) | ~Q(assignee=user)
    needs = Q(status__in=UNRESOLVED) & others & assigned_to(instead_of)
    return Action("assigned", needs, {"assignee": user}, {"assignee": name}, refused=whose)


def unassigning(instead_of: Any = ANYBODY) -> Action:
    needs = Q(status__in=UNRESOLVED, assignee__isnull=False) & assigned_to(instead_of)
    return Action("unassigned", needs, {"assignee": None}, refused=whose)


def assigned_to(name: Any) -> Q:
    if name is ANYBODY:
        return Q()
    return Q(assignee__isnull=True) if name is None else Q(assignee__username=name)


def whose(alert: Alert) -> str:
    if alert.status == "resolved":
        return "the alert is resolved"
    return f"the alert is assigned to {alert.assignee.get_username()}" if alert.assignee else "nobody is on the alert"


def judging(verdict: str) -> Action:
    """Was it real, noise, or known already: of that the rule's scorecard is made."""

    def refused(alert: Alert) -> str:
        return f"the alert is judged {alert.verdict} already"

    return Action("judged", ~Q(verdict=verdict), {"verdict": verdict}, {"verdict": verdict}, refused=refused)


def acknowledge(alert_id: UUID, by: str, reason: str = "") -> Alert:
    return act(alert_id, acknowledging(), by, reason)


def resolve(alert_id: UUID, by: str, reason: str = "") -> Alert:
    return act(alert_id, resolving(), by, reason)


def reopen(alert_id: UUID, by: str, reason: str = "") -> Alert:
    return act(alert_id, reopening(), by, reason)
