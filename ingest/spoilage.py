"""How many of a partition's last records could not be used: exact to the record, however they are cut into batches.

A partition in which too many are bad is not read on: something else writes into the topic, or we are wrong, and dead
letters of everything would help nobody.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

Run = tuple[int, int]


class Limit(NamedTuple):
    """More than ``percent`` of the last ``records``; with fewer records nothing is said. 100 percent: never."""

    percent: int = 50
    records: int = 1000


DEFAULT = Limit()


class Recent(msgspec.Struct, frozen=True):
    """``seen`` counts records; ``bad`` are runs of those that could not be used, from a number up to before another."""

    seen: int = 0
    bad: tuple[Run, ...] = ()

    def spoilt(self, limit: Limit) -> int:
        """How many of the last records."""
        first = self.seen - limit.records
        return sum(end - max(begin, first) for begin, end in self.bad if end > first)


def add(recent: Recent, good: int, bad: int, limit: Limit) -> Recent:
    """One message more; its good records count as before its bad ones."""
    seen = recent.seen + good + bad
    first = seen - limit.records
    runs = [run for run in recent.bad if run[1] > first]
    if bad:
        begin = recent.seen + good
        if runs and runs[-1][1] == begin:
            begin = runs.pop()[0]
        runs.append((begin, seen))
    return Recent(seen, tuple(runs))


def too_many(recent: Recent, limit: Limit) -> bool:
    return recent.seen >= limit.records and recent.spoilt(limit) * 100 > limit.percent * limit.records


def follow(recent: Recent, counts: Sequence[tuple[int, int]], limit: Limit) -> tuple[Recent, int | None]:
    """Over messages, each with its good and bad records: what is recent then, and after how many messages there were
    too many, if so; what is recent is told as of there."""
    if not any(bad for _, bad in counts):  # it is always a bad one that is too much
        return add(recent, sum(good for good, _ in counts), 0, limit), None
    for number, (good, bad) in enumerate(counts, 1):
        recent = add(recent, good, bad, limit)
        if bad and too_many(recent, limit):
            return recent, number
    return recent, None


def told(recent: Recent, limit: Limit) -> str:
    return f"{recent.spoilt(limit):,} of the last {limit.records:,} records could not be used"
