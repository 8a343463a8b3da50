"""The dashboard and the alert's page. Views translate: what is shown is read here, what is done goes to the API."""

import uuid
from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from alerts.event import alert_event
from alerts.models import STATUSES, Alert, Counter, Rule, RuleVersion
from alerts.plots import HEIGHT, RANGES, WIDTH, opened
from query import QueryError, matcher
from query.text import tokens
from search.models import RawLog, StoredSpan

ROWS = 200  # shown at once; the filter narrows the rest
SCANNED = 5000  # alerts that a filter looks through
AROUND = timedelta(minutes=1)


@login_required
def dashboard(request: HttpRequest) -> HttpResponse:
    # the number first: what happens while the page is made comes again over the WebSocket, and is drawn again
    seq = Counter.current("transitions")
    chosen = request.GET.get("range", "24h")
    words, seconds = RANGES.get(chosen, RANGES["24h"])
    now = timezone.now()
    alerts, error = listed(request)
    counts = dict(Alert.objects.values_list("status").annotate(Count("id")))
    context = {
        "seq": seq,
        "alerts": alerts[:ROWS],
        "more": len(alerts) > ROWS,
        "error": error,
        "query": request.GET.get("q", ""),
        "status": request.GET.get("status", ""),
        "range": chosen if chosen in RANGES else "24h",
        "ranges": RANGES,
        "range_words": words,
        "bars": opened(now - timedelta(seconds=seconds), now),
        "plot": {"width": WIDTH, "height": HEIGHT},
        "counts": [(status, counts.get(status, 0)) for status in STATUSES],
        "open_count": counts.get("open", 0),
        "empty": not counts,
        "here": "alerts",
        "base_url": f"{request.scheme}://{request.get_host()}",
    }
    return render(request, "alerts/dashboard.html", context)


@login_required
def rows(request: HttpRequest) -> HttpResponse:
    """The rows of some alerts, as far as they meet the page's filter, and the counts."""
    wanted = {one for part in request.GET.get("ids", "").split(",")[:ROWS] if (one := as_uuid(part))}
    alerts, _ = listed(request, Alert.objects.filter(pk__in=wanted))
    counts = dict(Alert.objects.values_list("status").annotate(Count("id")))
    return render(
        request,
        "alerts/rows.html",
        {"alerts": alerts, "counts": [(status, counts.get(status, 0)) for status in STATUSES], "fragment": True},
    )


@login_required
def alert_page(request: HttpRequest, alert_id: uuid.UUID) -> HttpResponse:
    return render(request, "alerts/alert.html", {**detail(alert_id), "here": "alerts", "seq": 0})


@login_required
def panel(request: HttpRequest, alert_id: uuid.UUID) -> HttpResponse:
    return render(request, "alerts/panel.html", detail(alert_id))


def as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def listed(request: HttpRequest, alerts: QuerySet[Alert] | None = None) -> tuple[list[Alert], QueryError | None]:
    """The alerts that meet ?status= and ?q=, newest first; unresolved ones where no status is asked for."""
    found = Alert.objects.all() if alerts is None else alerts
    found = found.select_related("assignee").order_by("-last_seen", "id")
    status = request.GET.get("status", "")
    if status in STATUSES:
        found = found.filter(status=status)
    query = request.GET.get("q", "")
    if not query.strip():
        return list(found[: ROWS + 1]), None
    try:
        meets = matcher(query, "alerts")
    except QueryError as error:
        return [], error
    return [alert for alert in found[:SCANNED] if meets(alert_event(alert))], None


def detail(alert_id: uuid.UUID) -> dict[str, Any]:
    alert = get_object_or_404(Alert.objects.select_related("assignee", "previous"), pk=alert_id)
    version = RuleVersion.objects.filter(rule__slug=alert.rule_slug, version=alert.rule_version).first()
    rule = Rule.objects.filter(slug=alert.rule_slug).first()
    spec = version.spec if version else {}
    logs = list(RawLog.objects.filter(pk__in=alert.related_logs).order_by("timestamp", "id"))
    spans = list(StoredSpan.objects.filter(pk__in=alert.related_logs).order_by("timestamp", "id"))
    value, threshold = alert.evidence.get("value", 0), alert.evidence.get("threshold", 1)
    return {
        "alert": alert,
        "rule": rule,
        "rule_query": spec.get("query", ""),
        "words": marks(spec.get("query", "")),
        "logs": logs,
        "spans": spans,
        "related": related(alert, logs),
        "transitions": alert.transitions.order_by("-seq")[:100],
        "gauge": {"value": value, "threshold": threshold, "width": round(min(threshold / max(value, 1), 1) * 300)},
    }


def related(alert: Alert, evidence: list[RawLog]) -> QuerySet[RawLog]:
    """What else was logged: in the same trace, else by the same service around the last of the evidence."""
    others = RawLog.objects.exclude(pk__in=[log.pk for log in evidence])
    if alert.related_trace_id and (same := others.filter(trace_id=alert.related_trace_id)).exists():
        return same.order_by("timestamp", "id")[:20]
    moment = evidence[-1].timestamp if evidence else alert.last_seen
    near = others.filter(service=alert.service, timestamp__range=(moment - AROUND, moment + AROUND))
    return near.order_by("-timestamp", "id")[:20]


def marks(query: str) -> list[str]:
    """The words of a query that are worth marking in a text."""
    return [
        word for word in tokens(query) if len(word) > 2 and word not in ("and", "not", "level", "service", "error_code")
    ]
