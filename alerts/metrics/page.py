"""The metrics that came in: one of them as lines over time, and the rule that would watch it."""

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from alerts.metrics.drawing import plot
from alerts.metrics.explorer import Explored, Question, explore
from alerts.metrics.reading import Metric, dimensions, metrics
from alerts.metrics.series import adds_up
from alerts.rules.frame import nice
from query import QueryError, parse
from query.fields import METRICS
from search import ranges
from search.backends import Away, TooLong
from telemetry.storable import storable

AGGREGATES = {
    "gauge": ("avg", "min", "max", "sum", "percentile", "count"),
    "counter": ("rate", "avg", "max", "sum", "count"),
    "histogram": ("percentile", "avg", "sum", "count"),
    "summary": ("avg", "sum", "count"),
}
PERCENTILES = (50, 90, 95, 99)
WINDOW = 300  # seconds that the rule looks at together
ROUND = 2  # digits of the limit that is proposed


def aggregates(metric: Metric) -> tuple[str, ...]:
    """What can be made of it, the usual first."""
    if metric.kind == "sum":
        return AGGREGATES["counter" if metric.monotonic else "gauge"]
    return AGGREGATES.get(metric.kind.removeprefix("exponential_"), AGGREGATES["gauge"])


@login_required
def page(request: HttpRequest) -> HttpResponse:
    asked_for = ranges.asked(request.GET, timezone.now())
    name, query = storable(request.GET.get("name", "")), request.GET.get("q", "")
    context: dict[str, Any] = {
        "here": "metrics",
        "range": asked_for,
        "ranges": ranges.RANGES,
        "name": name,
        "query": query,
    }
    try:
        known = metrics(asked_for.since, asked_for.until)
        context |= {"metrics": known}
        if name:
            chosen = next((one for one in known if one.name == name), None)
            context |= shown(request, name, query, asked_for, chosen)
    except QueryError as error:
        context |= {"error": error}
    except (Away, TooLong) as error:
        return render(request, "alerts/metrics.html", context | {"trouble": str(error)}, status=503)
    return render(request, "alerts/metrics.html", context)


def shown(request: HttpRequest, name: str, query: str, over: ranges.Range, chosen: Metric | None) -> dict[str, Any]:
    usual = aggregates(chosen) if chosen else AGGREGATES["gauge"]
    made = request.GET.get("agg", "")
    by = request.GET.get("by", "service")
    compare = request.GET.get("before") == "1"
    asked = Question(
        name, parse(storable(query), "metrics"), made if made in usual else usual[0], percent(request.GET.get("p", "")),
        by if METRICS.find(by) else "", over.since, over.until,
    )  # fmt: skip
    found = explore(asked, compare)
    drawn = plot(found.series, found.before)
    return {
        "metric": chosen, "aggregates": usual, "asked": asked, "compare": compare, "found": found, "plot": drawn,
        "fields": dimensions(found.points), "percentiles": PERCENTILES, "rule": rule(asked, query, found),
        "figures": zip(found.starts, zip(*(line.series.values for line in drawn.lines), strict=True), strict=True)
        if drawn.lines else [],
        "ticks": ticks(found), "each": nice(found.step), "adds_up": any(map(adds_up, found.points[-1:])),
    }  # fmt: skip


def ticks(found: Explored) -> list[datetime]:
    first, long = found.starts[0], timedelta(seconds=found.step * len(found.starts))
    return [first + long * quarter / 4 for quarter in range(5)]


def percent(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return 95.0
    return number if 0 < number <= 100 else 95.0


def rule(asked: Question, query: str, found: Explored) -> str:
    """The address of the form of a rule that fires above all that is drawn."""
    most = max((value for one in found.series for value in one.known), default=0.0)
    wanted = f"name:/^{re.escape(asked.name).replace('/', chr(92) + '/')}$/"
    given = {
        "name": f"{asked.name} {asked.aggregate} too high",
        "slug": re.sub(r"[^a-z0-9]+", "-", f"{asked.name} {asked.aggregate}".lower()).strip("-")[:100],
        "signal": "metrics",
        "type": "metric",
        "query": f"{wanted} AND ({query})" if query.strip() else wanted,
        "group_by": asked.by,
        "metric_aggregate": asked.aggregate,
        "metric_percentile": f"{asked.percentile:g}",
        "metric_over": f"{float(f'{most * 1.05:.{ROUND}g}'):g}",
        "metric_window": WINDOW,
    }
    return f"/admin/alerts/rule/add/?{urlencode(given)}"
