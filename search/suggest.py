"""What the query bar offers while somebody types: fields, operators, and the values that are there."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from query import QueryError, complete, parse
from query.fields import LOGS
from search import find
from search.backends import Away, TooLong
from search.ranges import Range
from search.record import flat
from search.search import EPOCH, Search

OFFERED = 12
LOOKED_AT = 500  # records whose attributes are offered
VALUES = 200  # of a field that are looked through
CLOSE = timedelta(seconds=15)  # a range that has moved by less is the same


def suggestions(query: str, at: int, range: Range) -> dict[str, Any]:
    """``options`` replace what stands from ``start`` to ``end``; ``error`` is what is wrong with the whole."""
    place = complete.place(query, at)
    try:
        options = list(offered(place, range))[:OFFERED] if place else []
    except (Away, TooLong):
        options = []
    start, end = (place.start, place.end) if place else (at, at)
    return {"start": start, "end": end, "options": options, "error": wrong(query)}


def wrong(query: str) -> dict[str, Any] | None:
    try:
        parse(query, "logs")
    except QueryError as error:
        return {"detail": str(error), "position": error.position, "length": error.length}
    return None


def offered(place: complete.Place, range: Range) -> Iterator[dict[str, str]]:
    if place.field:
        yield from values(place, range)
        return
    for word in complete.operators(place):
        yield {"text": f"{word} ", "label": word, "hint": ""}
    for name, hint in complete.fields(place.typed, "logs", attributes(*rounded(range))):
        yield {"text": f"{complete.named(name)}:", "label": name, "hint": hint}


def values(place: complete.Place, range: Range) -> Iterator[dict[str, str]]:
    field = LOGS.find(place.field)
    if field is None or field.kind in ("text", "number", "time"):
        return
    known = [(value, "") for value in field.values] or counted(place.field, *rounded(range))
    low = place.typed.lower()
    for value, hint in sorted(known, key=lambda pair: not pair[0].lower().startswith(low)):
        if low in value.lower():
            yield {"text": f"{complete.written(value)} ", "label": value, "hint": hint}


@lru_cache(maxsize=128)
def counted(field: str, since: datetime, until: datetime) -> list[tuple[str, str]]:
    found = find.facets(Search("logs").within(since, until), [field], VALUES).values[field]
    return [(value, f"{count:,}") for value, count in found]


@lru_cache(maxsize=16)
def attributes(since: datetime, until: datetime) -> list[str]:
    """Names of attributes, the most frequent ones first."""
    records: list[Any] = find.page(Search("logs").within(since, until), limit=LOOKED_AT).records
    names = Counter(f"{LOGS.dynamic}.{path}" for record in records for path, _ in flat(record.attrs))
    return [name for name, _ in names.most_common(VALUES)]


def rounded(range: Range) -> tuple[datetime, datetime]:
    """The same for a while, so that it needn't be counted at each key."""
    last = range.until - (range.until - EPOCH) % CLOSE + CLOSE
    return last - (range.until - range.since), last
