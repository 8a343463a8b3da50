"""The list of traces, in parts: its rows, and how long they took."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from query import QueryError
from search import ranges, trace_list
from search.api.pages import NO_CURSOR, written
from search.api.traces import TraceParams
from search.backends import Away, TooLong
from search.durations import HEIGHT, WIDTH, bars, nearest_rank
from search.pages import part
from search.search import Search, search

ROWS = 50
MEASURED = 1000  # traces in the histogram of durations


@dataclass(frozen=True)
class Asked:
    """An address, read."""

    query: str
    range: ranges.Range
    search: Search | None = None
    error: QueryError | None = None


def asked(request: HttpRequest) -> Asked:
    query, range = request.GET.get("q", ""), ranges.asked(request.GET, timezone.now())
    try:
        return Asked(query, range, search(query, "spans", range.since, range.until))
    except QueryError as error:
        return Asked(query, range, None, error)


@login_required
def page(request: HttpRequest) -> HttpResponse:
    wanted = asked(request)
    context = {"asked": wanted, "ranges": ranges.RANGES, "here": "traces", **rows_of(request, wanted)}
    return render(request, "search/traces.html", context)


@part
def rows(request: HttpRequest) -> HttpResponse:
    found = rows_of(request, asked(request))
    if "trouble" in found:
        return render(request, "search/trouble.html", found, status=503)
    return render(request, "search/traces_rows.html", found)


def rows_of(request: HttpRequest, wanted: Asked) -> dict[str, Any]:
    """The page still comes when its traces can't."""
    if wanted.search is None:
        return {"traces": []}
    cursor = request.GET.get("cursor")
    try:
        found = trace_list.page(wanted.search, TraceParams().validate_cursor(cursor) if cursor else None, ROWS)
    except (Away, TooLong) as error:
        return {"traces": [], "trouble": str(error)}
    except ValidationError:
        return {"traces": [], "trouble": NO_CURSOR}
    longest = max((trace.duration_ns for trace in found.traces), default=0) or 1
    drawn = [(trace, 100 * trace.duration_ns / longest) for trace in found.traces]
    return {"traces": drawn, "next": written(found.next) if found.next else ""}


@part
def durations(request: HttpRequest) -> HttpResponse:
    wanted = asked(request)
    context: dict[str, Any] = {"asked": wanted, "width": WIDTH, "height": HEIGHT}
    if wanted.search is not None:
        found = trace_list.page(wanted.search, None, MEASURED)
        took = [trace.duration_ns for trace in found.traces]
        context |= {"bars": bars([(trace.duration_ns, trace.errors > 0) for trace in found.traces])}
        context |= {"count": len(took), "complete": found.next is None}
        context |= {"percentiles": [(percent, nearest_rank(took, percent)) for percent in (50, 95, 99)]}
    return render(request, "search/durations.html", context)
