"""For probes: alive, ready with each part's state, and Prometheus figures of this process."""

import contextlib

from django.conf import settings
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ingest import parts, stopped
from integrations.delivery import wellbeing


def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """503 while a database is away. Without the other servers, or where a partition has stopped, something
    waits, but pages and people go on."""
    databases = {alias: answers(alias) for alias in settings.DATABASES}
    servers = {name: "ok" if state.well else state.said for name, state in parts.states().items()}
    ready = all(state == "ok" for state in databases.values())
    halted = stopped.partitions() if databases["default"] == "ok" else {}
    well = ready and not halted and all(state == "ok" for state in servers.values())
    status = "ok" if well else "degraded" if ready else "unavailable"
    return JsonResponse({"status": status, "parts": databases | servers | halted}, status=200 if ready else 503)


def answers(alias: str) -> str:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return type(error).__name__
    return "ok"


def metrics(request: HttpRequest) -> HttpResponse:
    """Of this process, and of the destinations, which the database knows; while it is away, without them."""
    figures = generate_latest()
    with contextlib.suppress(DatabaseError):
        figures += generate_latest(wellbeing.REGISTRY)
    return HttpResponse(figures, content_type=CONTENT_TYPE_LATEST)
