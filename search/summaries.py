"""What a list says of a trace: its beginning, how long it took, its services. Read from the database, which has all
spans whichever backend finds them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, F, IntegerField, Max, Min, Q, Value, When, Window
from django.db.models.functions import RowNumber

from search.epoch import Microseconds
from search.models import StoredSpan
from search.traces import of_traces


@dataclass(frozen=True)
class Part:
    """A service's share of a trace."""

    service: str
    spans: int
    errors: int


@dataclass(frozen=True)
class Summary:
    """``start`` and ``duration_ns`` are of all its spans. ``service`` and ``name`` are of its root; where that is not
    here (``rooted`` is false), of its earliest span. ``parts``: by when each service came in."""

    trace_id: str
    service: str
    name: str
    rooted: bool
    start: int
    duration_ns: int
    parts: list[Part]

    @property
    def spans(self) -> int:
        return sum(part.spans for part in self.parts)

    @property
    def errors(self) -> int:
        return sum(part.errors for part in self.parts)


def summaries(trace_ids: Sequence[str]) -> dict[str, Summary]:
    start = Microseconds("timestamp")
    rows = (
        of_traces(StoredSpan, trace_ids)
        .values("trace_id", "service")
        .annotate(
            first=Min(start),
            last=Max(start * 1000 + F("duration_ns")),
            spans=Count("pk"),
            errors=Count("pk", filter=Q(status="error")),
        )
        .order_by("first", "service")
        .values_list("trace_id", "service", "first", "last", "spans", "errors")
    )
    parts = defaultdict(list)
    for trace_id, *part in rows:
        parts[trace_id].append(part)
    roots = roots_of(trace_ids)
    found = {}
    for trace_id, services in parts.items():
        begin, end = services[0][1] * 1000, max(last for _, _, last, _, _ in services)
        found[trace_id] = Summary(
            trace_id, *roots[trace_id], begin, end - begin,
            [Part(service, spans, errors) for service, _, _, spans, errors in services],
        )  # fmt: skip
    return found


def roots_of(trace_ids: Sequence[str]) -> dict[str, tuple[str, str, bool]]:
    """The service and name of each trace's root, and whether it is one."""
    depth = Case(When(parent_span_id=None, then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = (
        of_traces(StoredSpan, trace_ids)
        .annotate(depth=depth)
        .annotate(place=Window(RowNumber(), partition_by=F("trace_id"), order_by=("depth", "timestamp", "id")))
        .filter(place=1)
        .values_list("trace_id", "service", "name", "depth")
    )
    return {trace_id: (service, name, depth == 0) for trace_id, service, name, depth in rows}
