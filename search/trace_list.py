"""Traces that have a span which is asked for, those with the newest such span first.

A trace stands at the place of its newest span that matches, once. The pages behind the first one see only what had
arrived when that one was read, so that nothing moves from page to page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.utils import timezone

from query.ast import Range
from search import find
from search.api.stored import record
from search.backends import Backend, backend, database
from search.models import StoredSpan
from search.search import Place, Search, nanoseconds, place
from search.summaries import Summary, summaries
from search.traces import of_traces
from telemetry.records import Span

CHUNK = 2000  # spans looked at together
LOOKED_AT = 100_000  # spans looked at for one page


class Cursor(NamedTuple):
    """Where to go on, and when the first page was read."""

    at: datetime
    id: str
    as_of: datetime


@dataclass(frozen=True)
class TracePage:
    """``next``: where to go on; None at the end."""

    traces: list[Summary]
    next: Cursor | None


def page(asked: Search, after: Cursor | None = None, limit: int = 50) -> TracePage:
    as_of = after.as_of if after else timezone.now()
    asked = asked.and_also(Range("received_at", None, nanoseconds(as_of)))
    behind = Place(after.at, after.id) if after else None
    at = backend()
    with database().limited(), at.limited():
        ids, end = newest(at, asked, behind, limit)
        told = summaries(ids)
    traces = [told[trace_id] for trace_id in ids if trace_id in told]
    return TracePage(traces, Cursor(end.at, end.id, as_of) if end else None)


def newest(at: Backend, asked: Search, behind: Place | None, limit: int) -> tuple[list[str], Place | None]:
    """The ids, and where to go on."""
    spans = places(at, asked, behind)
    found: dict[str, None] = {}
    earlier: set[str] = set()
    last, looked = behind, 0
    while chunk := list(islice(spans, CHUNK)):
        if behind:
            fresh = {trace_id for _, trace_id in chunk} - found.keys() - earlier
            earlier |= on_earlier_pages(asked, sorted(fresh), behind)
        for here, trace_id in chunk:
            if trace_id not in earlier and trace_id not in found:
                if len(found) == limit:
                    return list(found), last
                found[trace_id] = None
            last = here
        looked += len(chunk)
        if looked >= LOOKED_AT:
            return list(found), last
    return list(found), None


def places(at: Backend, asked: Search, after: Place | None) -> Iterator[tuple[Place, str]]:
    """The spans that match, newest first."""
    bounds = at.bounds(asked.node, "spans")
    if not bounds.exact:
        spans = find.verified(at, asked, bounds.possible, after)
        yield from ((place(span), span.trace_id) for span in spans)  # type: ignore[union-attr,misc]
        return
    while chunk := at.traced(bounds.sure, after, CHUNK):
        yield from chunk
        if len(chunk) < CHUNK:
            return
        after = chunk[-1][0]


def on_earlier_pages(asked: Search, trace_ids: Sequence[str], behind: Place) -> set[str]:
    """Those of the traces that have a matching span before the place, where they stood already."""
    matches = asked.matches()
    rows = of_traces(StoredSpan, trace_ids).filter(timestamp__gte=behind.at)
    spans = (span for span in map(record, rows.iterator()) if isinstance(span, Span))
    return {span.trace_id for span in spans if place(span) >= behind and matches(span)}
