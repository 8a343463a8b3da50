"""The frame of a rule: what it is, what its type must offer, and the answers it can give.

A type is a module of two pure functions::

    observe(config, records) -> {bucket_start: Delta}   what these records of one group add; deltas merge in any order
    judge(config, window, now) -> Firing | Clear | Unknown    the merged buckets of one group; time is an argument

Two things hold for every type, and alerts/episodes relies on them: what is judged at an end depends on nothing that
comes after it, and a window without any record has the same verdict however long the silence has lasted.
Times are nanoseconds since the epoch, widths and spans in a config are seconds.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, TypeVar
from zlib import crc32

import msgspec

from telemetry.records import Record

SECOND = 1_000_000_000
VALUE_LIMIT = 1000  # distinct values that a bucket keeps
MOMENT_LIMIT = 1000  # times of one name that a bucket keeps
MEMORY_LIMIT = 10_000  # distinct values that are remembered of all time
EVIDENCE_LIMIT = 5  # record ids that a bucket keeps: the earliest, so that merging in any order gives the same

Axis = Literal["event", "received"]
T = TypeVar("T")


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
    renotify: int = 0  # seconds after which an alert that goes on is told again, doubled each time; 0: only by count
    severity_steps: tuple[tuple[float, str], ...] = ()  # (value reached, severity), rising
    new_per_minute: int = 0  # new alerts in a minute; 0: as many as there are


Sample = tuple[int, str, str | None]  # time, record id, trace id
Seen = tuple[int, int, int]  # first time, last time, how often


class Bucket(msgspec.Struct, omit_defaults=True):
    """What a slice of time holds for one group. Each type fills what it needs:

    ``samples``: the earliest records. ``numbers``: what is added up, by name. ``lows``, ``highs``: the least and the
    greatest, by name. ``values``: the distinct values of a field. Of more names than the limit those with the
    least hash are kept. ``moments``: times by name, sorted, the earliest ones."""

    count: int = 0
    first: int = 0
    last: int = 0
    samples: list[Sample] = msgspec.field(default_factory=list)
    numbers: dict[str, float] = msgspec.field(default_factory=dict)
    lows: dict[str, float] = msgspec.field(default_factory=dict)
    highs: dict[str, float] = msgspec.field(default_factory=dict)
    values: dict[str, Seen] = msgspec.field(default_factory=dict)
    moments: dict[str, list[int]] = msgspec.field(default_factory=dict)

    def add(self, other: "Bucket", limit: int = VALUE_LIMIT) -> None:
        """Merge; the order of merging doesn't show. ``other`` is left as it is."""
        if other.count:
            self.first = min(self.first, other.first) if self.count else other.first
            self.last = max(self.last, other.last)
        self.count += other.count
        self.samples = sorted(self.samples + other.samples)[:EVIDENCE_LIMIT]
        for name, number in other.numbers.items():
            self.numbers[name] = self.numbers.get(name, 0) + number
        for name, number in other.lows.items():
            self.lows[name] = min(self.lows.get(name, number), number)
        for name, number in other.highs.items():
            self.highs[name] = max(self.highs.get(name, number), number)
        for value, seen in other.values.items():
            self.values[value] = both(self.values[value], seen) if value in self.values else seen
        self.values, self.lows, self.highs = (fewest(held, limit) for held in (self.values, self.lows, self.highs))
        for name, times in other.moments.items():
            self.moments[name] = sorted(self.moments.get(name, []) + times)[:MOMENT_LIMIT]


def both(one: Seen, other: Seen) -> Seen:
    return min(one[0], other[0]), max(one[1], other[1]), one[2] + other[2]


def fewest(held: dict[str, T], limit: int) -> dict[str, T]:
    """Those with the least hash: the same ones in whatever order they came, and spread evenly over all."""
    if len(held) <= limit:
        return held
    names = sorted(held, key=lambda name: (crc32(name.encode("utf-8", "surrogatepass")), name))
    return {name: held[name] for name in names[:limit]}


Delta = Bucket


class Window(msgspec.Struct):
    """The buckets of one group that lie in (end - span, end], with their ``starts``, rising.

    ``since``: the start of the group's first bucket ever. ``before``: what came before the window, for types with
    MEMORY; only its numbers and values."""

    end: int
    starts: Sequence[int]
    buckets: Sequence[Bucket]
    since: int = 0
    before: Bucket | None = None

    @property
    def count(self) -> int:
        return sum(bucket.count for bucket in self.buckets)

    def between(self, start: int, end: int) -> Sequence[Bucket]:
        """The buckets that start in [start, end)."""
        return self.buckets[bisect_left(self.starts, start) : bisect_left(self.starts, end)]


class Firing(msgspec.Struct, frozen=True):
    """The condition holds; ``value`` reached ``threshold``."""

    value: float
    threshold: float
    detail: str = ""  # what a person would want to read beside the numbers


class Clear(msgspec.Struct, frozen=True):
    """The condition certainly doesn't hold."""


class Unknown(msgspec.Struct, frozen=True):
    """Neither: what was decided before stays."""


Verdict = Firing | Clear | Unknown


class RuleType(Protocol):
    """What a rule type's module offers.

    ``AXIS`` says which time its windows are in. ``MONOTONE``: more data can only turn Clear into Firing, so the
    alert opens before the window is complete. ``MEMORY``: what came before the window counts too. ``SIGNALS``: those
    that it can judge.

    Not every type needs these: ``narrow(config, query)`` gives the query of the records that the type wants to
    see, where that isn't the rule's own; ``wrong(config, signal)`` gives what is wrong with a config beyond its types,
    by key; ``window(config)`` gives the nanoseconds of ``span`` that are judged, where the rest is there to compare.
    ``reads(config, signal)`` names the fields that ``observe`` reads of a record besides its id, its trace and its
    times; without it, all.
    """

    AXIS: Axis
    MONOTONE: bool
    MEMORY: bool
    SIGNALS: Sequence[str]
    Config: type[msgspec.Struct]

    @staticmethod
    def width(config: Any) -> int: ...  # nanoseconds of one bucket
    @staticmethod
    def span(config: Any) -> int: ...  # nanoseconds of the window, a multiple of width
    @staticmethod
    def base(config: Any) -> int: ...  # the count with which an alert opens
    @staticmethod
    def observe(config: Any, records: Sequence[Any]) -> Mapping[int, Delta]: ...
    @staticmethod
    def judge(config: Any, window: Window, now: int) -> Verdict: ...
    @staticmethod
    def sentence(config: Any, query: str, group_by: Sequence[str]) -> str: ...


def slice_of(seconds: float, slices: int) -> int:
    """Nanoseconds of a bucket, of which ``slices`` make these seconds: no less than half a second."""
    return max(int(seconds * SECOND) // slices, SECOND // 2)


def whole(seconds: float, width: int) -> int:
    """Nanoseconds of these seconds, made up to whole buckets."""
    return -(-int(seconds * SECOND) // width) * width


def count_by_time(records: Sequence[Record], axis: Axis, width: int) -> dict[int, Delta]:
    """Bucket start -> count, times and earliest samples."""
    return {start: counted(members) for start, members in by_time(records, axis, width).items()}


def by_time(records: Sequence[Record], axis: Axis, width: int) -> dict[int, list[Record]]:
    """Bucket start -> its records."""
    slices: dict[int, list[Record]] = {}
    for record in records:
        moment = event_time(record) if axis == "event" else record.received_at
        slices.setdefault(moment - moment % width, []).append(record)
    return slices


def counted(records: Sequence[Record]) -> Bucket:
    """A bucket of these records: count, times and earliest samples."""
    samples = sorted([(record.timestamp, record.id, getattr(record, "trace_id", None)) for record in records])
    return Bucket(len(samples), samples[0][0], samples[-1][0], samples[:EVIDENCE_LIMIT])


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
