"""The search page, in parts that are read one by one, so that a slow one holds up no other."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import unquote, urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from query import QueryError, parse
from query.ast import Everything
from query.fields import LOGS
from query.parse import MAX_LENGTH
from search import find, ranges
from search.api.pages import NO_CURSOR, PageParams, written
from search.api.shapes import FACETS, shown
from search.backends import Away, TooLong
from search.clauses import toggled
from search.plots import plot
from search.record import columns, fields_of
from search.search import Search, search
from telemetry.records import Record
from telemetry.storable import storable

ROWS = 100
AROUND = 8
View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Asked:
    """An address, read."""

    query: str
    range: ranges.Range
    columns: list[str]
    view: str
    search: Search | None = None
    error: QueryError | None = None


def asked(request: HttpRequest) -> Asked:
    query, range = request.GET.get("q", "").strip(), ranges.asked(request.GET, timezone.now())
    chosen = columns(request.GET.get("cols", ""))
    view = "patterns" if request.GET.get("view") == "patterns" else "rows"
    try:
        return Asked(query, range, chosen, view, search(query, "logs", range.since, range.until))
    except QueryError as error:
        return Asked(query, range, chosen, view, None, error)


def part(view: View) -> View:
    """A part of the page, as HTML; what can't be answered now is said in its place."""

    @login_required
    @wraps(view)
    def answered(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        try:
            return view(request, *arguments, **named)
        except (Away, TooLong) as error:
            return render(request, "search/trouble.html", {"trouble": str(error)}, status=503)

    return answered


@login_required
def page(request: HttpRequest) -> HttpResponse:
    kept = columns(unquote(request.COOKIES.get("columns", "")))  # static/js/columns.js
    if kept and "cols" not in request.GET:
        return redirect(f"/search/?{urlencode(request.GET.dict() | {'cols': ','.join(kept)})}")
    wanted = asked(request)
    context = {"asked": wanted, "ranges": ranges.RANGES, "here": "search", "silence": as_silence(wanted.query)}
    if wanted.view == "rows":
        context |= rows_of(request, wanted)
    return render(request, "search/search.html", context)


def as_silence(query: str) -> str:
    """The query, where a silence's may be the same."""
    try:
        return "" if isinstance(parse(query, "alerts"), Everything) else query
    except QueryError:
        return ""


@part
def rows(request: HttpRequest) -> HttpResponse:
    wanted = asked(request)
    found = rows_of(request, wanted)
    if "trouble" in found:
        return render(request, "search/trouble.html", found, status=503)
    return render(request, "search/rows.html", {"asked": wanted, **found})


def rows_of(request: HttpRequest, wanted: Asked) -> dict[str, Any]:
    """The page still comes when its records can't."""
    if wanted.search is None:
        return {"records": []}
    cursor = request.GET.get("cursor")
    try:
        found = find.page(wanted.search, PageParams().validate_cursor(cursor) if cursor else None, ROWS)
    except (Away, TooLong) as error:
        return {"records": [], "trouble": str(error)}
    except ValidationError:
        return {"records": [], "trouble": NO_CURSOR}
    return {"records": found.records, "next": written(found.next) if found.next else ""}


@part
def histogram(request: HttpRequest) -> HttpResponse:
    wanted = asked(request)
    drawn = None
    if wanted.search is not None:
        drawn = plot(find.histogram(search(wanted.query), wanted.range.since, wanted.range.until))
    return render(request, "search/histogram.html", {"asked": wanted, "histogram": drawn})


@part
def facets(request: HttpRequest) -> HttpResponse:
    wanted = asked(request)
    fields = [*FACETS, *(name for name in wanted.columns if name.startswith("attrs."))]
    if wanted.search is None:
        return render(request, "search/facets.html", {})
    found = find.facets(wanted.search, fields)
    shown_facets = [
        (name, [(value, count, *both_ways(wanted.query, name, value)) for value, count in values], values[0][1])
        for name, values in found.values.items()
        if values
    ]
    return render(request, "search/facets.html", {"facets": shown_facets, "found": found})


def both_ways(query: str, name: str, value: str) -> tuple[str | None, str | None]:
    """The query with only this value, and without it; nothing where it would be too long for one."""
    only, without = toggled(query, name, value), toggled(query, name, value, out=True)
    return (only, without) if len(without) <= MAX_LENGTH else (None, None)


@part
def record(request: HttpRequest, id: str) -> HttpResponse:
    found = one(id)
    query = request.GET.get("q", "").strip()
    before, after = find.around(found, each=AROUND)
    fields = [(name, value, *both_ways(query, name, value), name in LOGS) for name, value in fields_of(found)]
    context = {"record": found, "fields": fields, "document": shown(found), "before": before, "after": after}
    return render(request, "search/record.html", context)


def one(id: str) -> Any:
    found: Record | None = find.one("logs", storable(id))
    if found is None:
        raise Http404("there is no such log")
    return found
