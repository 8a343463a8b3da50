"""The map of services: drawn, and as tables."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from search import ranges
from search.backends import Away, TooLong
from search.map_drawing import drawing
from search.map_reading import read


@login_required
def page(request: HttpRequest) -> HttpResponse:
    range = ranges.asked(request.GET, timezone.now())
    context: dict[str, Any] = {"range": range, "ranges": ranges.RANGES, "here": "traces"}
    try:
        found = read(range.since, range.until)
    except (Away, TooLong) as error:
        return render(request, "search/map.html", context | {"trouble": str(error)}, status=503)
    return render(request, "search/map.html", context | {"found": found, "drawing": drawing(found.map)})
