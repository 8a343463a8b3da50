"""What is shown of one alert: its evidence, what else was logged, and who did what."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from alerts.cause import judged, spec_of, times_of
from alerts.models import Alert, Rule, RuleVersion
from alerts.mutes.wording import query_of
from alerts.rows import dress
from alerts.scorecard import scorecard
from alerts.why import why_alert
from query import QueryError, parse
from query.ast import And, Node, Or, Words
from search.models import RawLog, StoredSpan
from search.ranges import moment
from search.traces import of_trace

AROUND = timedelta(minutes=1)
RELATED, HISTORY = 20, 100
BAR = 300.0
VERDICT_KEYS = (("real", "1", "Real"), ("noise", "2", "Noise"), ("known", "3", "Known"))
SILENCE_TIMES = ((15, "15 min"), (60, "1 hour"), (240, "4 hours"), (1440, "1 day"), (10080, "1 week"))


@dataclass
class Window:
    """The window that fired: what was counted against what; ``filled`` and ``mark`` are where it is drawn."""

    value: float
    threshold: float
    start: datetime | None
    end: datetime | None

    @property
    def filled(self) -> float:
        return round(BAR * self.value / self.top, 1)

    @property
    def mark(self) -> float:
        return round(BAR * self.threshold / self.top, 1)

    @property
    def top(self) -> float:
        return max(self.value, self.threshold) or 1


def detail(alert_id: uuid.UUID) -> dict[str, Any]:
    alert = get_object_or_404(Alert.objects.select_related("assignee", "previous", "merged_into"), pk=alert_id)
    version = RuleVersion.objects.filter(rule__slug=alert.rule_slug, version=alert.rule_version).first()
    spec = version.spec if version else {}
    query = str(spec.get("query", ""))
    logs = list(RawLog.objects.filter(pk__in=alert.related_logs).order_by("timestamp", "id"))
    evidence = alert.evidence
    rule = Rule.objects.filter(slug=alert.rule_slug).first()
    return {
        "alert": dress([alert])[0],
        "rule": rule,
        "score": next((one for one in scorecard(rule, timezone.now()) if one.version == alert.rule_version), None)
        if rule
        else None,
        "merged": alert.merged.order_by("-last_seen")[:RELATED],
        "mergeable": candidates(alert),
        "verdict_keys": VERDICT_KEYS,
        "silence_query": query_of(alert),
        "silence_times": SILENCE_TIMES,
        "rule_query": query,
        "why": why_alert(alert),
        "search_query": judged(alert, spec_of(alert)),
        "times": times_of(alert),
        "words": sorted(set(marked(query, str(spec.get("signal", "logs"))))),
        "logs": logs,
        "spans": StoredSpan.objects.filter(pk__in=alert.related_logs).order_by("timestamp", "id"),
        "related": related(alert, logs),
        "transitions": alert.transitions.order_by("-seq")[:HISTORY],
        "window": Window(
            float(evidence.get("value") or 0),
            float(evidence.get("threshold") or 0),
            moment(str(evidence.get("window_start", ""))),
            moment(str(evidence.get("window_end", ""))),
        ),
    }


def candidates(alert: Alert) -> list[Alert]:
    """What this one could be the same as: other unresolved alerts, those of its service and code first."""
    others = Alert.objects.exclude(pk=alert.pk).exclude(status="resolved")
    near = others.filter(Q(service=alert.service) | Q(issue_code=alert.issue_code)).order_by("-last_seen")[:RELATED]
    return list(near) or list(others.order_by("-last_seen")[:RELATED])


def related(alert: Alert, evidence: list[RawLog]) -> QuerySet[RawLog]:
    """What else was logged: in the same trace, else by the same service around the evidence."""
    known = [log.pk for log in evidence]
    if alert.related_trace_id:
        same = of_trace(RawLog, alert.related_trace_id).exclude(pk__in=known)
        if same.exists():
            return same.order_by("timestamp", "id")[:RELATED]
    at = evidence[-1].timestamp if evidence else alert.last_seen
    near = RawLog.objects.exclude(pk__in=known).filter(
        service=alert.service, timestamp__range=(at - AROUND, at + AROUND)
    )
    return near.exclude(pk__in=known).order_by("-timestamp", "id")[:RELATED]


def marked(query: str, signal: str) -> list[str]:
    """The words that a rule looks for in texts; not the ones that it excludes."""
    try:
        return list(words(parse(query, signal)))
    except QueryError:  # written for another version of the language
        return []


def words(node: Node) -> Iterator[str]:
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from words(part)
    elif isinstance(node, Words):
        yield from node.words
