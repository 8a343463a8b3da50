"""A histogram of slices as SVG geometry: made on the server, so that it can be tested."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from search.slices import Slice

WIDTH, HEIGHT = 1200, 64


@dataclass
class Bar:
    """One slice: where it is drawn, and its stacked parts as (value, y, height, count), the gravest at the bottom."""

    x: float
    width: float
    slice: Slice
    parts: list[tuple[str, float, float, int]]


@dataclass
class Plot:
    """The range it is drawn over is that of the slices."""

    bars: list[Bar]
    since: datetime
    until: datetime
    top: int
    total: int
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def ticks(self) -> list[datetime]:
        return [self.since + (self.until - self.since) * quarter / 4 for quarter in range(5)]

    @property
    def tick_format(self) -> str:
        return "H:i" if self.until - self.since <= timedelta(days=1) else "j M H:i"

    @property
    def step(self) -> str:
        seconds = int((self.until - self.since).total_seconds()) // len(self.bars)
        for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
            if seconds >= size:
                return f"{seconds // size} {unit}"
        return f"{seconds} s"


def plot(slices: Sequence[Slice]) -> Plot:
    top = max(one.total for one in slices)
    wide = WIDTH / len(slices)
    bars = [Bar(n * wide, max(wide - 2, 1), one, stack(one.counts, top or 1)) for n, one in enumerate(slices)]
    return Plot(bars, slices[0].start, slices[-1].end, top, sum(one.total for one in slices))


def stack(counts: dict[str, int], top: int) -> list[tuple[str, float, float, int]]:
    parts, y = [], float(HEIGHT)
    for value in reversed(counts):
        if size := counts[value] * HEIGHT / top:
            y -= size
            parts.append((value, round(y, 1), round(size, 1), counts[value]))
    return parts
