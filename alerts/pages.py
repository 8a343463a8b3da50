"""The dashboard and the alert's page. Views translate: what is shown is read here, what is done goes to the API."""

import json
import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from alerts.cause import ALL, SERVICE, cause
from alerts.detail import VERDICT_KEYS, detail
from alerts.firing import firing
from alerts.listing import RANGES, ROWS, asked, counts
from alerts.models import Alert, Counter
from alerts.plots import histogram
from alerts.rows import dress
from alerts.sections import sections
from alerts.why import why_record
from search.models import RawLog
from telemetry.storable import storable

OF_TRACE = 20  # alerts that a trace's page shows


@login_required
def dashboard(request: HttpRequest) -> HttpResponse:
    # the number first: what happens while the page is made comes again over the WebSocket, and is drawn again
    seq = Counter.current("transitions")
    wanted = asked(request.GET, timezone.now())
    alerts, more = wanted.all()
    number = counts()
    context = {
        "seq": seq,
        "asked": wanted,
        "alerts": dress(alerts),
        "more": more,
        "ranges": RANGES,
        "histogram": histogram(wanted.since, wanted.until),
        "counts": number,
        "empty": not any(number.values()),
        "bulk_filter": json.dumps(wanted.filter()),
        "verdict_keys": VERDICT_KEYS,
        "here": "alerts",
        "base_url": f"{request.scheme}://{request.get_host()}",
    }
    return render(request, "alerts/dashboard.html", context)


@login_required
def rows(request: HttpRequest) -> HttpResponse:
    """The rows of some alerts, marked where the page's filter would not show them, and the counts; without ids, of all
    that it shows."""
    if "ids" not in request.GET:
        alerts, _ = asked(request.GET, timezone.now()).all()
        shown = {alert.pk for alert in alerts}
        return render(request, "alerts/rows.html", {"alerts": dress(alerts), "shown": shown, "counts": counts()})
    ids = {one for part in request.GET.get("ids", "").split(",")[:ROWS] if (one := as_uuid(part))}
    alerts, shown = asked(request.GET, timezone.now()).among(ids)
    return render(request, "alerts/rows.html", {"alerts": dress(alerts), "shown": shown, "counts": counts()})


@login_required
def bars(request: HttpRequest) -> HttpResponse:
    wanted = asked(request.GET, timezone.now())
    drawn = histogram(wanted.since, wanted.until)
    return render(request, "alerts/histogram.html", {"asked": wanted, "histogram": drawn})


@login_required
def alert_page(request: HttpRequest, alert_id: uuid.UUID) -> HttpResponse:
    context = {**whole(request, alert_id), "here": "alerts"}
    return render(request, "alerts/alert.html", context)


@login_required
def panel(request: HttpRequest, alert_id: uuid.UUID) -> HttpResponse:
    return render(request, "alerts/panel.html", whole(request, alert_id))


def whole(request: HttpRequest, alert_id: uuid.UUID) -> dict[str, Any]:
    """With what others add."""
    shown = detail(alert_id)
    return {**shown, "sections": sections(request, shown["alert"])}


@login_required
def cause_part(request: HttpRequest, alert_id: uuid.UUID) -> HttpResponse:
    """Read after the page: it asks the search backend, which may be slow, or away."""
    scope = ALL if request.GET.get("scope") == ALL else SERVICE
    found = cause(get_object_or_404(Alert, pk=alert_id), scope)
    times, slices = found.times, found.histogram.found
    drawn = firing(slices, times.since, times.until) if slices else None
    return render(request, "alerts/cause.html", {"cause": found, "firing": drawn})


@login_required
def record_why(request: HttpRequest, log_id: str) -> HttpResponse:
    log = get_object_or_404(RawLog, pk=storable(log_id))
    context = {"log": log, "why": why_record(log, "logs")}
    return render(request, "alerts/record_why.html", context)


@login_required
def of_trace(request: HttpRequest, trace_id: str) -> HttpResponse:
    """The alerts that came of a trace, for its page."""
    return render(request, "alerts/of_trace.html", {"alerts": alerts_of(trace_id)})


def alerts_of(trace_id: str) -> QuerySet[Alert]:
    return Alert.objects.filter(related_trace_id=storable(trace_id.lower())).order_by("-last_seen")[:OF_TRACE]


@login_required
def record_rules(request: HttpRequest, log_id: str) -> HttpResponse:
    """For the panel of a log: the alerts of its trace, and what the rules say of it."""
    log = get_object_or_404(RawLog, pk=storable(log_id))
    alerts = alerts_of(log.trace_id) if log.trace_id else ()
    return render(request, "alerts/record_rules.html", {"why": why_record(log, "logs"), "alerts": alerts})


def as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
