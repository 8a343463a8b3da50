"""The frame of a rule: what it is, what its type must offer, and the answers it can give.

A type is a module of two pure functions::

    observe(config, records) -> {bucket_start: Delta}   what these records of one group add; deltas merge in any order
    judge(config, window, now) -> Firing | Clear | Unknown    the merged buckets of one group; time is an argument

Times are nanoseconds since the epoch, widths and spans in a config are seconds.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

from telemetry.records import Record

SECOND = 1_000_000_000
EVIDENCE_LIMIT = 5  # record ids that a bucket keeps: the earliest, so that merging in any order gives the same

Axis = Literal["event", "received"]


class RuleSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as the engine takes it; Rule.spec() makes it, RuleVersion keeps it."""

    slug: str
    version: int = 1
    signal: str = "logs"
    type: str = "match"
    query: str = ""
    config: dict[str, Any] = msgspec.field(default_factory=dict)
    group_by: tuple[str, ...] = ()
    lateness: int = 30
    reopen_within: int = 3600


class Bucket(msgspec.Struct):
    """What a slice of time holds for one group. ``samples``: [time, record id, trace id] of the earliest records."""

    count: int = 0
    first: int = 0
    last: int = 0
    samples: list[tuple[int, str, str | None]] = msgspec.field(default_factory=list)

    def add(self, other: "Bucket") -> None:
        """Merge; the order of merging doesn't show."""
        self.first = min(self.first, other.first) if self.count else other.first
        self.last = max(self.last, other.last)
        self.count += other.count
        self.samples = sorted(self.samples + other.samples)[:EVIDENCE_LIMIT]


Delta = Bucket


class Window(msgspec.Struct):
    """The buckets of one group that lie in (end - span, end]."""

    end: int
    buckets: Sequence[Bucket]

    @property
    def count(self) -> int:
        return sum(bucket.count for bucket in self.buckets)


class Firing(msgspec.Struct, frozen=True):
    """The condition holds; ``value`` reached ``threshold``."""

    value: float
    threshold: float


class Clear(msgspec.Struct, frozen=True):
    """The condition certainly doesn't hold."""


class Unknown(msgspec.Struct, frozen=True):
    """Neither: what was decided before stays."""


Verdict = Firing | Clear | Unknown


class RuleType(Protocol):
    """What a rule type's module offers.

    ``AXIS`` says which time its windows are in. ``MONOTONE``: more data can only turn Clear into Firing, so the
    alert opens before the window is complete.
    """

    AXIS: Axis
    MONOTONE: bool
    Config: type[msgspec.Struct]

    @staticmethod
    def width(config: Any) -> int: ...  # nanoseconds of one bucket
    @staticmethod
    def span(config: Any) -> int: ...  # nanoseconds of the window, a multiple of width
    @staticmethod
    def base(config: Any) -> int: ...  # the count with which an alert opens
    @staticmethod
    def observe(config: Any, records: Sequence[Record]) -> Mapping[int, Delta]: ...
    @staticmethod
    def judge(config: Any, window: Window, now: int) -> Verdict: ...
    @staticmethod
    def sentence(config: Any, query: str, group_by: Sequence[str]) -> str: ...


def count_by_time(records: Sequence[Record], axis: Axis, width: int) -> dict[int, Delta]:
    """Bucket start -> count, times and earliest samples."""
    deltas: dict[int, Delta] = {}
    for record in records:
        moment = event_time(record) if axis == "event" else record.received_at
        start = moment - moment % width
        bucket = deltas.get(start)
        if bucket is None:
            bucket = deltas[start] = Bucket(first=record.timestamp, last=record.timestamp)
        bucket.count += 1
        bucket.first = min(bucket.first, record.timestamp)
        bucket.last = max(bucket.last, record.timestamp)
        bucket.samples.append((record.timestamp, record.id, getattr(record, "trace_id", None)))
    for bucket in deltas.values():
        bucket.samples = sorted(bucket.samples)[:EVIDENCE_LIMIT]
    return deltas


def event_time(record: Record) -> int:
    """When it happened, never after it arrived: a sender's fast clock must not make everyone else late."""
    return min(record.timestamp, record.received_at) if record.received_at else record.timestamp


def nice(seconds: int) -> str:
    """60 -> "1 min"."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds % size == 0 and seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def per(group_by: Sequence[str]) -> str:
    return f" per {', '.join(group_by)}" if group_by else ""
