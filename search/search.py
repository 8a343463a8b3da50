"""What is asked of the stored records: a signal and a query over it, narrowed by time and place. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from query import compile_node, parse
from query.ast import And, Equals, Everything, Node, Range
from telemetry.storable import storable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
EVERYTHING = Everything()


class Place(NamedTuple):
    """A record's place in the order of all: by time, then by id."""

    at: datetime
    id: str


@dataclass(frozen=True)
class Search:
    """``signal``: logs or spans."""

    signal: str
    node: Node = EVERYTHING

    def within(self, since: datetime | None, until: datetime | None) -> "Search":
        """Not before ``since``, before ``until``."""
        if since is None and until is None:
            return self
        low, high = (None if bound is None else nanoseconds(bound) for bound in (since, until))
        return self.and_also(Range("timestamp", low, high, with_high=False))

    def of_service(self, service: str) -> "Search":
        return self.and_also(Equals("service", service))

    def and_also(self, node: Node) -> "Search":
        return Search(self.signal, node if isinstance(self.node, Everything) else And((self.node, node)))

    def matches(self) -> Callable[[Any], bool]:
        """The predicate that decides where a backend only knows what may match."""
        return compile_node(self.node, self.signal)


def search(text: str, signal: str = "logs", since: datetime | None = None, until: datetime | None = None) -> Search:
    """Raises QueryError."""
    return Search(signal, parse(storable(text), signal)).within(since, until)


def nanoseconds(moment: datetime) -> int:
    """Exact: a float of this size would lose the microseconds."""
    return (moment - EPOCH) // MICROSECOND * 1000


def moment(nanoseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=nanoseconds // 1000)


def place(record: Any) -> Place:
    return Place(moment(record.timestamp), record.id)
