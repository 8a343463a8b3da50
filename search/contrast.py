"""Which values are over-represented in some records against others: a log-likelihood ratio (G-test). Pure.

For each value there is a table of four numbers: records with it and without it, now and before. If it were equally
frequent in both, each number would be expected from the sums of its row and column, and

    G = 2 * sum(observed * ln(observed / expected))

says how far from that they are (T. Dunning, 1993). It is in the order of chi-square with one degree of freedom: beyond
``SCORE`` chance does that once in a hundred thousand, which is seldom enough where thousands of values are looked at.
A value counts only from ``SUPPORT`` records on, and only if its share has grown to ``RATIO`` times what it was: what is
certain but slight leads nobody to a cause. Shares are compared, not numbers, so that more of everything is no change.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SUPPORT = 5
SCORE = 19.5
RATIO = 1.5
MOST, PER_FIELD = 20, 5


@dataclass(frozen=True)
class Counted:
    """How often each value of a field occurs among ``records``. ``unseen``: as often may a value occur that isn't
    listed, as the list ends somewhere."""

    records: int
    values: Mapping[str, int]
    unseen: int = 0

    def of(self, value: str) -> int:
        return self.values.get(value, self.unseen)


@dataclass(frozen=True)
class Change:
    """A value that ``now`` of ``of_now`` records have, and of those before ``before`` of ``of_before``."""

    field: str
    value: str
    now: int
    of_now: int
    before: int
    of_before: int
    score: float

    @property
    def share_now(self) -> float:
        return self.now / self.of_now

    @property
    def share_before(self) -> float:
        return self.before / self.of_before


def changes(now: Mapping[str, Counted], before: Mapping[str, Counted]) -> list[Change]:
    """The most surprising first; of equally surprising ones in the order of field and value. Without anything before,
    there is nothing to compare with, and so no change."""
    found: list[Change] = []
    for field in now.keys() & before.keys():
        found += ranked(of_field(field, now[field], before[field]))[:PER_FIELD]
    return ranked(found)[:MOST]


def of_field(field: str, now: Counted, before: Counted) -> Iterable[Change]:
    if not now.records or not before.records:
        return
    for value, count in now.values.items():
        earlier = min(before.of(value), before.records)
        score = surprise(count, now.records, earlier, before.records)
        if count >= SUPPORT and score >= SCORE and grown(count, now.records, earlier, before.records):
            yield Change(field, value, count, now.records, earlier, before.records, round(score, 1))


def ranked(found: Iterable[Change]) -> list[Change]:
    return sorted(found, key=lambda one: (-one.score, one.field, one.value))


def grown(now: int, of_now: int, before: int, of_before: int) -> bool:
    return now * of_before >= RATIO * before * of_now


def surprise(now: int, of_now: int, before: int, of_before: int) -> float:
    """G of the table; 0 where the shares are equal, whichever of them is the larger."""
    having, all_of_them = now + before, of_now + of_before
    cells = (
        (now, of_now, having),
        (before, of_before, having),
        (of_now - now, of_now, all_of_them - having),
        (of_before - before, of_before, all_of_them - having),
    )
    likely = sum(seen * math.log(seen * all_of_them / (row * column)) for seen, row, column in cells if seen)
    return max(2 * likely, 0.0)
