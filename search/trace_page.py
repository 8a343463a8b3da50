"""A trace: its waterfall, some rows at a time, and one span of it."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from query.fields import SPANS
from search import find
from search.api.shapes import shown
from search.backends import Away, TooLong
from search.clauses import clause
from search.pages import part
from search.record import attributes_of, span_fields
from search.waterfall import Waterfall, waterfall

ROWS = 300  # written at once; the rest is read on


@login_required
def page(request: HttpRequest, trace_id: str) -> HttpResponse:
    trace_id = trace_id.lower()
    context: dict[str, Any] = {"trace_id": trace_id, "here": "traces", "jaeger": jaeger(trace_id)}
    try:
        spans, logs = find.trace(trace_id)
    except (Away, TooLong) as error:
        return render(request, "search/trace.html", context | {"trouble": str(error)}, status=503)
    drawn = waterfall(spans, logs)
    chosen = request.GET.get("span", "")
    context |= {"trace": drawn, "cut": max(len(spans), len(logs)) == find.TRACE, "most": find.TRACE, "chosen": chosen}
    context |= rows_from(drawn, 0, max(ROWS, place_of(chosen, drawn) + 1))
    return render(request, "search/trace.html", context, status=200 if spans or logs else 404)


@part
def rows(request: HttpRequest, trace_id: str) -> HttpResponse:
    """The rows from ``from`` on."""
    first = request.GET.get("from", "")
    spans, logs = find.trace(trace_id.lower())
    context = rows_from(waterfall(spans, logs), int(first) if first.isdecimal() and first.isascii() else 0, ROWS)
    return render(request, "search/trace_rows.html", {"trace_id": trace_id.lower(), **context})


def rows_from(drawn: Waterfall, first: int, number: int) -> dict[str, Any]:
    until = min(first + number, len(drawn.bars))
    return {"bars": drawn.bars[first:until], "next": until if until < len(drawn.bars) else None}


def place_of(span_id: str, drawn: Waterfall) -> int:
    return next((place for place, bar in enumerate(drawn.bars) if bar.span.span_id == span_id), 0)


@part
def span(request: HttpRequest, trace_id: str, span_id: str) -> HttpResponse:
    """One span for the panel."""
    drawn = waterfall(*find.trace(trace_id.lower()))
    bar = next((bar for bar in drawn.bars if bar.span.span_id == span_id), None)
    if bar is None:
        raise Http404("there is no such span")
    fields = [
        (name, value, clause(name, value), name in SPANS)
        for name, value in [*span_fields(bar.span), *attributes_of(bar.span)]
    ]
    critical = sum(width for _, width in bar.critical) * drawn.duration / 1000
    context = {"bar": bar, "span": bar.span, "fields": fields, "document": shown(bar.span), "critical": critical}
    context |= {"events": [(event, after(event.get("timestamp"), bar.span.timestamp)) for event in bar.span.events]}
    return render(request, "search/span.html", context)


def after(moment: Any, start: int) -> int | None:
    """Nanoseconds; None of an event without a time."""
    return moment - start if isinstance(moment, int) else None


def jaeger(trace_id: str) -> str:
    return f"{settings.JAEGER_URL.rstrip('/')}/trace/{trace_id}" if settings.JAEGER_URL else ""
