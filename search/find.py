"""What people and programs ask of the stored records, the same whichever backend answers.

A backend gives what certainly matches and what possibly does; what lies between is read here and decided by the query's
own predicate, so that every number is right. What can't be answered in time is an error, never a guess.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from query.fields import SCHEMAS, leaves_reader
from query.match import as_text
from search.backends import COUNTED, SECONDS, Backend, TooLong, backend
from search.backends.bounds import Bounds, exactly
from search.search import Place, Search, place
from search.slices import Slice, slices
from telemetry.records import LogRecord, Record, Span

FIRST_CHUNK, CHUNK = 150, 1000  # records read at once where each has to be looked at
SAMPLE = 2000  # records whose attributes are counted
GROUPS = 10_000  # values of a field that are counted where some have to be looked at
TRACE = 10_000  # records of one trace that are shown
STACKED = {"logs": "level", "spans": "status"}


@dataclass(frozen=True)
class Page:
    """``next``: where to go on; None at the end."""

    records: list[Record]
    next: Place | None


def page(asked: Search, after: Place | None = None, limit: int = 50, newest_first: bool = True) -> Page:
    at = backend()
    with at.limited():
        found = at.bounds(asked.node, asked.signal)
        if found.exact:
            records = at.records(asked.signal, found.sure, after, limit + 1, newest_first)
            return Page(records[:limit], place(records[limit - 1]) if len(records) > limit else None)
        records = []
        for record in verified(at, asked, found.possible, after, newest_first):
            records.append(record)
            if len(records) > limit:
                return Page(records[:limit], place(records[limit - 1]))
        return Page(records, None)


def count(asked: Search) -> int:
    at = backend()
    with at.limited():
        found = at.bounds(asked.node, asked.signal)
        return at.count(asked.signal, found.sure) + sum(1 for _ in undecided(at, asked, found))


def histogram(asked: Search, since: datetime, until: datetime, most: int = 60) -> list[Slice]:
    """How many records by level (of spans: by status) in each of at most ``most`` slices, which have round lengths."""
    asked, by = asked.within(since, until), STACKED[asked.signal]
    made = slices(since, until, most, SCHEMAS[asked.signal].fields[by].values)
    at = backend()
    with at.limited():
        found = at.bounds(asked.node, asked.signal)
        sure, open = at.histogram(asked.signal, found, by, made.seconds)
        for start, value, number in sure:
            made.add(start, value, number)
        for record in undecided(at, asked, found) if open else ():
            made.add(place(record).at, getattr(record, by), 1)
    return made.all


@dataclass(frozen=True)
class Facets:
    """The most frequent values of each field with their counts, among the newest ``counted`` records; of an attribute,
    among the newest ``SAMPLE``. ``complete``: those are all."""

    values: dict[str, list[tuple[str, int]]]
    counted: int
    complete: bool


def facets(asked: Search, fields: Sequence[str], most: int = 10) -> Facets:
    schema = SCHEMAS[asked.signal]
    sample = page(asked, limit=SAMPLE).records if any(name not in schema for name in fields) else []
    at = backend()
    with at.limited():
        found = at.bounds(asked.node, asked.signal)
        fixed = [name for name in fields if name in schema]
        number, counted, more = values_of(at, asked, found, fixed or [STACKED[asked.signal]], most)
    values = {name: Counter(counted.get(name, {}) if name in schema else {}) for name in fields}
    for name in fixed:
        values[name].update(value for record in more if (value := getattr(record, name)))
    for name in set(fields) - set(fixed):
        read = leaves_reader(name, schema)
        values[name].update(value for record in sample for value in set(map(as_text, read(record))) if value)
    ranks = {name: ranked(counts)[:most] for name, counts in values.items()}
    return Facets(ranks, number + len(more), number < COUNTED or at.counts_all)


def values_of(
    at: Backend, asked: Search, found: Bounds[Any], fields: Sequence[str], most: int
) -> tuple[int, Mapping[str, Mapping[str, int]], list[Record]]:
    """As the backend counts them, and the records that come to that because it wasn't sure of them."""
    (number, counted), open = at.values(asked.signal, found, fields, most)
    if not open:
        return number, counted, []
    more = list(undecided(at, asked, found))
    (number, counted), _ = at.values(asked.signal, exactly(found.sure), fields, GROUPS if more else most)
    return number, counted, more


def ranked(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def undecided(at: Backend, asked: Search, found: Bounds[Any]) -> Iterator[Record]:
    """The records that match though the backend wasn't sure of them."""
    return iter(()) if found.exact else verified(at, asked, at.between(found))


def verified(
    at: Backend, asked: Search, condition: Any, after: Place | None = None, newest_first: bool = True
) -> Iterator[Record]:
    """The records under a condition that match indeed."""
    matches, deadline, chunk = asked.matches(), time.monotonic() + SECONDS, FIRST_CHUNK
    while True:
        records = at.records(asked.signal, condition, after, chunk, newest_first)
        yield from filter(matches, records)
        if len(records) < chunk:
            return
        chunk = CHUNK
        if time.monotonic() > deadline:
            raise TooLong
        after = place(records[-1])


def one(signal: str, id: str) -> Record | None:
    at = backend()
    with at.limited():
        return at.one(signal, id)


def around(record: Record, signal: str = "logs", each: int = 10) -> tuple[list[Record], list[Record]]:
    """The records of the same service before and after one, in the order of time."""
    asked, here = Search(signal).of_service(record.service), place(record)
    before = page(asked, here, each).records
    return before[::-1], page(asked, here, each, newest_first=False).records


def trace(trace_id: str) -> tuple[list[Span], list[LogRecord]]:
    """The spans of a trace and the logs that belong to it, oldest first; at most ``TRACE`` of each."""
    at = backend()
    with at.limited():
        spans, logs = at.of_trace("spans", trace_id, TRACE), at.of_trace("logs", trace_id, TRACE)
    return spans, logs  # type: ignore[return-value]


def everything(asked: Search, most: int) -> Iterator[Record]:
    """Up to ``most`` records, newest first, read page by page."""
    after: Place | None = None
    left = most
    while left > 0:
        found = page(asked, after, min(CHUNK, left))
        yield from found.records
        left -= len(found.records)
        if (after := found.next) is None:
            return
