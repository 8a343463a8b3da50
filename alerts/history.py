"""Stored records in the order of their arrival, as much of them as a replay of some rules needs.

The rows come in one pass through a cursor; what the database can tell can't match stays there. Which records came too
late is asked only where one came later than its rule allows: then the clocks of the partitions are followed through
all rows.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from alerts.replay import Lateness
from alerts.rules import RuleSpec, query_of, reads_of, type_of
from alerts.rules.frame import SECOND
from query import parse
from search.api.stored import MODELS, columns, from_columns, names_of
from search.epoch import Microseconds
from search.narrow import narrow
from telemetry.records import Record

CHUNK = 5_000
Light = tuple[int, int, str]  # when it arrived, its own time (microseconds), its id


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
        found, clocks, least = {}, Lateness(), min(patience) * SECOND
        light = self.rows.order_by("received_at").values_list(
            Microseconds("received_at"), Microseconds("timestamp"), "id"
        )
        with snapshot():
            for arrived, timestamp, name in in_turn(through(light)):
                happened = min(arrived, timestamp) * 1000
                behind = clocks.behind(place(name), happened, arrived * 1000)
                if (travelled := arrived * 1000 - happened) > least:
                    found[name] = (behind, travelled)
        return found

    def delay(self, spec: RuleSpec) -> int:
        """The longest (ns) that a record which is still judged has been on its way."""
        allowed = spec.lateness * SECOND
        return max([allowed, *(travelled for behind, travelled in self.behind.values() if behind <= allowed)])

    def __iter__(self) -> Iterator[Chunk]:
        names = names_of(self.model, read_by(self.specs))
        made = from_columns(self.model, names)
        wanted = self.wanted.order_by("received_at").values_list(*columns(self.model, names).values())
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


def read_by(specs: Sequence[RuleSpec]) -> set[str] | None:
    """The fields that some of the rules read; None: all."""
    found: set[str] = set()
    for spec in specs:
        if (reads := reads_of(spec)) is None:
            return None
        found |= reads
    return found


def through(rows: QuerySet[Any, Any]) -> Iterator[Any]:
    return rows.iterator(chunk_size=CHUNK)


def snapshot() -> Any:
    """Postgres' cursors live in a transaction, else all they will give is written down first; SQLite's would keep the
    worker from writing."""
    return transaction.atomic() if connection.vendor == "postgresql" else nullcontext()


def slow(seconds: int) -> Q:
    """On its way for longer than this."""
    return Q(received_at__gt=F("timestamp") + timedelta(seconds=seconds))


def in_turn(rows: Iterable[Light]) -> Iterator[Light]:
    """Rows in the order of their arrival; of what arrived at the same time, a partition's in its order."""
    together: list[Light] = []
    for row in rows:
        if together and row[0] != together[0][0]:
            yield from together if len(together) == 1 else sorted(together, key=position)
            together = []
        together.append(row)
    yield from sorted(together, key=position)


def position(row: Light) -> tuple[int, int]:
    """Offset and index, by which a partition is ordered."""
    _, _, index = row[2].rpartition("-")
    _, _, offset = row[2].removesuffix(f"-{index}").rpartition("-")
    return (int(offset), int(index)) if offset.isdecimal() and index.isdecimal() else (0, 0)


def place(name: str) -> str:
    """The topic and partition in a record's id."""
    return name.rsplit("-", 2)[0]
