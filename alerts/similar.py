"""Earlier alerts that resemble one, with how they ended: who resolved them, why, how long it took, what was said."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from alerts.models import Alert, Transition
from search.models import RawLog

LOOKED_AT, SHOWN, COMMENTS = 200, 8, 3
SAID = ("resolved", "commented", "judged")


@dataclass
class Similar:
    """``alike``: in what, the weightiest first. ``lasted``: seconds from when it was made to when it was resolved."""

    alert: Alert
    alike: list[str]
    resolved_by: str = ""
    reason: str = ""
    comments: list[str] = field(default_factory=list)

    @property
    def lasted(self) -> float | None:
        resolved: datetime | None = self.alert.resolved_at
        return (resolved - self.alert.created_at).total_seconds() if resolved else None


# what two alerts may share, and how much that says
WEIGHTS = {"rule and group": 8, "pattern": 4, "rule": 3, "code": 2, "service": 1}


def similar(alert: Alert) -> list[Similar]:
    """The most alike first, among those the newest."""
    near = Q(rule_slug=alert.rule_slug) | Q(issue_code=alert.issue_code)
    if alert.service:
        near |= Q(service=alert.service)
    rows = Alert.objects.filter(near, created_at__lt=alert.created_at).exclude(pk=alert.pk)
    others = list(rows.order_by("-created_at")[:LOOKED_AT])
    patterns = patterns_of([alert, *others])
    found = [Similar(other, alike(alert, other, patterns)) for other in others]
    found.sort(key=lambda one: (-sum(WEIGHTS[what] for what in one.alike), -one.alert.created_at.timestamp()))
    return told(found[:SHOWN])


def alike(alert: Alert, other: Alert, patterns: dict[str, str]) -> list[str]:
    pattern = pattern_of(alert, patterns)
    shared = {
        "rule and group": other.fingerprint == alert.fingerprint,
        "pattern": bool(pattern) and pattern == pattern_of(other, patterns),
        "rule": other.rule_slug == alert.rule_slug and other.fingerprint != alert.fingerprint,
        "code": other.issue_code == alert.issue_code and other.rule_slug != alert.rule_slug,
        "service": bool(alert.service) and other.service == alert.service and other.fingerprint != alert.fingerprint,
    }
    return [what for what in WEIGHTS if shared[what]]


def patterns_of(alerts: list[Alert]) -> dict[str, str]:
    """By record id, the masked message of each alert's first evidence that is still kept."""
    first = [alert.related_logs[0] for alert in alerts if alert.related_logs]
    return dict(RawLog.objects.filter(pk__in=first).values_list("pk", "pattern"))


def pattern_of(alert: Alert, patterns: dict[str, str]) -> str:
    return patterns.get(alert.related_logs[0], "") if alert.related_logs else ""


def told(found: list[Similar]) -> list[Similar]:
    """With what people and rules said of them."""
    by_alert = {one.alert.pk: one for one in found}
    rows = Transition.objects.filter(alert__in=by_alert, kind__in=SAID).order_by("seq")
    for transition in rows:
        one = by_alert[transition.alert_id]
        if transition.kind == "resolved":
            one.resolved_by, one.reason = transition.by, transition.reason
        elif transition.reason:
            one.comments = [*one.comments, transition.reason][-COMMENTS:]
    return found
