"""Logs in the order in which they were stored: by the positions in the transport that their ids begin with.

A position moves in the transaction that stores what it passes, so whoever has seen a position has seen what lies
before it, and what comes is what lies between that and the next one. Nothing is written for it.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from django.db import connection

from search.api.stored import FIELDS
from search.backends.sql import as_record, table
from search.models import RawLog
from telemetry.records import LogRecord, Record

Places = Mapping[str, int]  # what ids begin with (topic and partition) -> the next message's offset
MOST = 2000  # read at once; of what lies before them only the number is


class Stretch(NamedTuple):
    """Messages of one place, from ``first`` to ``last``, whose numbers have equally many digits."""

    place: str
    first: int
    last: int


class Arrived(NamedTuple):
    """``passed``: how many were not read, because too many came at once."""

    records: list[Record]
    passed: int


def stretches(before: Places, now: Places) -> Iterator[Stretch]:
    """What was passed between two looks. As text, numbers are in order only where they are equally long."""
    for place, upto in now.items():
        first = before.get(place, 0)
        while first < upto:
            last = min(upto, 10 ** len(str(first))) - 1
            yield Stretch(place, first, last)
            first = last + 1


def arrived(before: Places, now: Places, most: int = MOST) -> Arrived:
    """In the order of their time."""
    records: list[LogRecord] = []
    passed = 0
    for stretch in reversed(list(stretches(before, now))):
        found = read(stretch, most - len(records)) if len(records) < most else []
        records += found
        if len(records) >= most:
            passed += count(stretch) - len(found)
    return Arrived(sorted(records, key=lambda record: (record.timestamp, record.id)), passed)


def read(stretch: Stretch, most: int) -> list[LogRecord]:
    """The last ones, as far as text tells."""
    names = FIELDS[RawLog]
    sql = f"SELECT {', '.join(names)} FROM {table('logs')} WHERE {BETWEEN} ORDER BY id DESC LIMIT %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*bounds(stretch), most])
        return [as_record("logs", names, row) for row in cursor.fetchall()]  # type: ignore[misc]


def count(stretch: Stretch) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table('logs')} WHERE {BETWEEN}", bounds(stretch))  # noqa: S608
        return int(cursor.fetchone()[0])


# behind a number of so many digits stands the mark that ends it: shorter and longer ones lie between as text
BETWEEN = "id >= %s AND id < %s AND substr(id, %s, 1) = '-'"


def bounds(stretch: Stretch) -> list[str | int]:
    low, high = (f"{stretch.place}-{number}" for number in (stretch.first, stretch.last))
    return [f"{low}-", f"{high}.", len(low) + 1]  # a full stop comes right behind the hyphen
