"""Logs grouped by their pattern: what is said, how often, how gravely, and when."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from search.backends import COUNTED, backend
from search.find import ranked, values_of
from search.search import Search, place
from search.slices import Slices, slices
from telemetry.records import LEVELS


@dataclass
class Pattern:
    """``slices``: how many in each slice of the range."""

    text: str
    count: int
    slices: list[int]
    levels: Counter[str] = field(default_factory=Counter)

    @property
    def gravest(self) -> str:
        return next((level for level in reversed(LEVELS) if self.levels[level]), LEVELS[1])


@dataclass(frozen=True)
class Patterns:
    """The most frequent ones among the newest ``counted`` logs. ``complete``: those are all."""

    found: list[Pattern]
    counted: int
    complete: bool
    first: datetime
    seconds: int


def patterns(asked: Search, since: datetime, until: datetime, most: int = 50, cuts: int = 40) -> Patterns:
    within, made = asked.within(since, until), slices(since, until, cuts, ())
    at = backend()
    with at.limited():
        condition = at.bounds(within.node, "logs")
        number, counted, more = values_of(at, within, condition, ["pattern"], most)
        counts = Counter(counted["pattern"])
        counts.update(record.pattern for record in more if record.pattern)  # type: ignore[union-attr]
        found = {text: Pattern(text, count, [0] * len(made.all)) for text, count in ranked(counts)[:most]}
        for text, level, start, count in at.spread(
            "logs", condition.sure, "pattern", list(found), "level", made.seconds
        ):
            add(found[text], level, start, count, made)
    for record in more:
        if one := found.get(record.pattern):  # type: ignore[union-attr]
            add(one, record.level, place(record).at, 1, made)  # type: ignore[union-attr]
    counted_in_all = number + len(more)
    return Patterns(list(found.values()), counted_in_all, number < COUNTED or at.counts_all, made.first, made.seconds)


def add(one: Pattern, level: str, moment: datetime, count: int, made: Slices) -> None:
    one.levels[level] += count
    one.slices[made.place(moment)] += count


def line(numbers: Iterable[int], width: int, height: int) -> str:
    """A sparkline's path: a bar for each number, from the bottom."""
    counts = list(numbers)
    top, wide = max(counts, default=0) or 1, width / (len(counts) or 1)
    bars = [(n * wide, height * count / top) for n, count in enumerate(counts) if count]
    return "".join(bar(x, max(tall, 1), max(wide - 0.5, 0.5), height) for x, tall in bars)


def bar(x: float, tall: float, wide: float, bottom: int) -> str:
    return f"M{x:.1f} {bottom}v-{tall:.1f}h{wide:.1f}v{tall:.1f}z"
