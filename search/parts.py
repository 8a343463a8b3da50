"""Further parts of the search page: patterns, saved searches, and what the query bar offers."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from query import QueryError
from search import patterns as grouped
from search import ranges, suggest
from search.clauses import toggled
from search.pages import asked, part
from search.saved import seen_by
from search.search import search

LINE = (160, 20)  # a sparkline's width and height
NARROWING = 400  # characters of a pattern that a click looks for


@part
def patterns(request: HttpRequest) -> HttpResponse:
    wanted = asked(request)
    if wanted.search is None:
        return render(request, "search/patterns.html", {})
    found = grouped.patterns(search(wanted.query), wanted.range.since, wanted.range.until)
    rows = [(one, grouped.line(one.slices, *LINE), narrowed(wanted.query, one.text)) for one in found.found]
    return render(request, "search/patterns.html", {"patterns": rows, "found": found, "asked": wanted})


def narrowed(query: str, pattern: str) -> str:
    """The query with the pattern's words; empty where they can't be looked for."""
    found = toggled(query, "pattern", pattern[:NARROWING])
    try:
        search(found)
    except QueryError:
        return ""
    return found


@part
def saved(request: HttpRequest) -> HttpResponse:
    may_share = request.user.has_perm("alerts.act_on_alert")
    return render(request, "search/saved.html", {"saved": seen_by(request.user), "may_share": may_share})


@login_required
def suggestions(request: HttpRequest) -> JsonResponse:
    query, at = request.GET.get("q", ""), request.GET.get("at", "")
    place = min(int(at), len(query)) if at.isascii() and at.isdigit() else len(query)
    return JsonResponse(suggest.suggestions(query, place, ranges.asked(request.GET, timezone.now())))
