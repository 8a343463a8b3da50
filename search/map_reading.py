"""The map of services, read from the database, which has all spans whichever backend finds them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from search.backends import READ, database
from search.models import StoredSpan
from search.service_map import ServiceMap, Work, service_map

COLUMNS = ("trace_id", "span_id", "parent_span_id", "service", "status", "duration_ns")


@dataclass(frozen=True)
class Read:
    """``since``: from when on; later than was asked for where there were more spans than are read."""

    map: ServiceMap
    spans: int
    since: datetime
    complete: bool


def read(since: datetime, until: datetime) -> Read:
    """Raises Away and TooLong."""
    rows = StoredSpan.objects.filter(timestamp__gte=since, timestamp__lt=until).order_by("-timestamp")
    with database().limited():
        spans = [Work(*row) for row in rows.values_list(*COLUMNS)[:READ]]
        complete = len(spans) < READ
        last = rows.values_list("timestamp", flat=True)[READ - 1 : READ]
        began = since if complete else next(iter(last), since)
    seconds = max((until - began) / timedelta(seconds=1), 1)
    return Read(service_map(spans, seconds), len(spans), began, complete)
