"""What a backend is: a store of records that can page, count and group by conditions of its own kind."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from search.backends.bounds import Bounds
from search.search import Place
from telemetry.records import Record

Slices = Iterable[tuple[datetime, str, int]]
Values = tuple[int, Mapping[str, Mapping[str, int]]]
COUNTED = 25_000  # records whose values are counted
READ = 100_000  # records that are read to be drawn
SECONDS = 10.0  # the longest that one search may work, in the backend too


class Away(Exception):
    """The backend can't be asked now; its text says which, and why."""


class TooLong(Exception):
    """The search was ended because it took longer than it may."""

    def __init__(self) -> None:
        super().__init__(f"the search took longer than {SECONDS:.0f} s: narrow its time range or its query")


class Backend(Protocol):
    """Conditions are opaque: what ``bounds`` made of a query is handed back as it is."""

    counts_all: bool  # whether ``values`` counts all records

    def bounds(self, node: Any, signal: str) -> Bounds[Any]:
        """The conditions of a query."""

    def between(self, bounds: Bounds[Any]) -> Any:
        """The condition of what is possible but not sure."""

    def limited(self) -> AbstractContextManager[None]:
        """Around the calls of one search: together they end in time; raises Away and TooLong."""

    def records(
        self, signal: str, condition: Any, after: Place | None, limit: int, newest_first: bool = True
    ) -> list[Record]:
        """In the order of time and id, those behind ``after``."""

    def count(self, signal: str, condition: Any) -> int: ...

    def histogram(self, signal: str, found: Bounds[Any], by: str, seconds: int) -> tuple[Slices, bool]:
        """Of what is sure: start of a slice, value of the field ``by``, how many; slices are multiples of ``seconds``
        since 1970. And whether there may be records that are possible but not sure."""

    def values(self, signal: str, found: Bounds[Any], fields: Sequence[str], most: int) -> tuple[Values, bool]:
        """Of each field the most frequent values that are not empty, with their counts; among equals by value. And how
        many records that is about: a database looks at the newest ``COUNTED`` only. It is about what is sure; and
        whether there may be others, in which case the values are for nothing."""

    def spread(
        self, signal: str, condition: Any, field: str, values: Sequence[str], by: str, seconds: int
    ) -> Iterator[tuple[str, str, datetime, int]]:
        """Of the records that ``values`` counts: value of the field (one of these), value of ``by``, start of a slice,
        how many."""

    def one(self, signal: str, id: str) -> Record | None: ...

    def of_trace(self, signal: str, trace_id: str, limit: int) -> list[Record]:
        """The first ``limit`` records of a trace, oldest first."""

    def traced(self, condition: Any, after: Place | None, limit: int) -> list[tuple[Place, str]]:
        """The places of spans, newest first, those behind ``after``, and the traces that they are in."""
