"""Stored records in the order of their arrival, as much of them as a replay of some rules needs.

The rows come in one pass through a cursor; what the database can tell can't match stays there. Which records came too
late is asked only where one came later than its rule allows: then the clocks of the partitions are followed through
all rows.
"""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import reduce
from itertools import groupby
from operator import itemgetter, or_
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from alerts.replay import Lateness
from alerts.rules import RuleSpec, query_of, type_of
from alerts.rules.frame import SECOND
from query import parse
from search.api.stored import FIELDS, MODELS, from_values, nanoseconds
from search.narrow import narrow
from telemetry.records import Record

CHUNK = 5_000


class Chunk(msgspec.Struct):
    """Some records, and how far each is behind what came before it (None: none is)."""

    records: list[Record]
    behind: list[int] | None


class History:
    """The stored records of a signal from ``since`` to ``until`` (None: no end) that some of the rules could want."""

    def __init__(self, signal: str, specs: Sequence[RuleSpec], since: datetime | None, until: datetime | None) -> None:
        self.model, self.specs = MODELS[signal], specs
        self.rows: QuerySet[Any] = self.model.objects.all()  # type: ignore[attr-defined]
        if since is not None:
            self.rows = self.rows.filter(timestamp__gte=since)
        if until is not None:
            self.rows = self.rows.filter(timestamp__lt=until)
        conditions = [narrow(parse(query_of(spec), signal), signal) for spec in specs]
        certain = [condition for condition in conditions if condition is not None]
        self.wanted = self.rows.filter(reduce(or_, certain)) if len(certain) == len(specs) else self.rows
        self.records = self.rows.count()
        self.total = self.wanted.count()
        self.behind = self.late_ones()

    def late_ones(self) -> dict[str, tuple[int, int]]:
        """By record id: how far behind its partition's clock, and how long after its own time it arrived."""
        patience = [spec.lateness for spec in self.specs if type_of(spec).AXIS == "event"]
        if not patience or not self.rows.filter(slow(min(patience))).exists():
            return {}
        found, clocks = {}, Lateness()
        light = self.rows.order_by("received_at").values_list("received_at", "timestamp", "id")
        for received_at, together in groupby(through(light), key=itemgetter(0)):
            arrived = nanoseconds(received_at)
            for _, timestamp, name in sorted(together, key=lambda row: position(row[2])):
                happened = min(nanoseconds(timestamp), arrived)
                behind = clocks.behind(position(name)[0], happened, arrived)
                if arrived - happened > min(patience) * SECOND:
                    found[name] = (behind, arrived - happened)
        return found

    def delay(self, spec: RuleSpec) -> int:
        """The longest (ns) that a record which is still judged has been on its way."""
        allowed = spec.lateness * SECOND
        return max([allowed, *(travelled for behind, travelled in self.behind.values() if behind <= allowed)])

    def __iter__(self) -> Iterator[Chunk]:
        made = from_values(self.model)
        wanted = self.wanted.order_by("received_at").values_list(*FIELDS[self.model])
        with snapshot():
            chunk: list[Record] = []
            for row in through(wanted):
                chunk.append(made(row))
                if len(chunk) == CHUNK:
                    yield self.chunk(chunk)
                    chunk = []
            if chunk:
                yield self.chunk(chunk)

    def chunk(self, records: list[Record]) -> Chunk:
        if not self.behind:
            return Chunk(records, None)
        return Chunk(records, [self.behind[record.id][0] if record.id in self.behind else 0 for record in records])


def through(rows: QuerySet[Any, tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    return rows.iterator(chunk_size=CHUNK)


def snapshot() -> Any:
    """Postgres' cursors live in a transaction; SQLite's would keep the worker from writing."""
    return transaction.atomic() if connection.vendor == "postgresql" else nullcontext()


def slow(seconds: int) -> Q:
    """On its way for longer than this."""
    return Q(received_at__gt=F("timestamp") + timedelta(seconds=seconds))


def position(name: str) -> tuple[str, int, int]:
    """A record's id as its place in the order of arrival: partition, offset, index."""
    place, _, index = name.rpartition("-")
    place, _, offset = place.rpartition("-")
    return (place, int(offset), int(index)) if offset.isdecimal() and index.isdecimal() else (name, 0, 0)
