"""Which services call which, how often, how well: from the spans of a range. Pure.

A span is an entry of its service when its parent is of another service, or isn't here. A call is an entry with its
parent: who caused it, and how the one that was called did.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from search.durations import nearest_rank


class Work(NamedTuple):
    """What is read of a span."""

    trace_id: str
    span_id: str
    parent_span_id: str | None
    service: str
    status: str
    duration_ns: int


@dataclass(frozen=True)
class Figures:
    """Of entries, or of calls."""

    count: int
    rate: float  # a second
    errors: int
    p95: int  # nanoseconds

    @property
    def error_share(self) -> float:
        return self.errors / self.count if self.count else 0.0


@dataclass(frozen=True)
class ServiceMap:
    """By service; and by who calls and who is called. The busiest first."""

    services: dict[str, Figures]
    calls: dict[tuple[str, str], Figures]


def service_map(spans: Sequence[Work], seconds: float) -> ServiceMap:
    """``seconds``: how long a time the spans are of."""
    service_of = {(span.trace_id, span.span_id): span.service for span in spans}
    entries: defaultdict[str, list[Work]] = defaultdict(list)
    calls: defaultdict[tuple[str, str], list[Work]] = defaultdict(list)
    for span in spans:
        caller = service_of.get((span.trace_id, span.parent_span_id or ""))
        if caller == span.service:
            continue
        entries[span.service].append(span)
        if caller is not None:
            calls[caller, span.service].append(span)
    return ServiceMap(
        {name: figures(found, seconds) for name, found in sorted(entries.items(), key=by_number)},
        {pair: figures(found, seconds) for pair, found in sorted(calls.items(), key=by_number)},
    )


def by_number(found: tuple[Any, list[Work]]) -> tuple[int, Any]:
    return -len(found[1]), found[0]


def figures(spans: Sequence[Work], seconds: float) -> Figures:
    errors = sum(span.status == "error" for span in spans)
    return Figures(len(spans), len(spans) / seconds, errors, nearest_rank([span.duration_ns for span in spans], 95))
