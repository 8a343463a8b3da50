"""Histograms, sparklines and lines as SVG geometry: made on the server, so that they work without a script."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count

from alerts.models import SEVERITIES, Transition
from search.epoch import Microseconds
from search.search import EPOCH, MICROSECOND

WIDTH, HEIGHT, BARS = 1200, 64, 60
SPARKS, SPARK_WIDTH, SPARK_HEIGHT = 10, 50, 16


@dataclass
class Bar:
    """One slice of time: where it is drawn, and its stacked parts as (severity, y, height, count)."""

    x: float
    width: float
    start: datetime
    end: datetime
    parts: list[tuple[str, float, float, int]] = field(default_factory=list)
    total: int = 0


@dataclass
class Histogram:
    bars: list[Bar]
    since: datetime
    until: datetime
    top: int
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def total(self) -> int:
        return sum(bar.total for bar in self.bars)

    @property
    def ticks(self) -> list[datetime]:
        return [self.since + (self.until - self.since) * quarter / 4 for quarter in range(5)]

    @property
    def tick_format(self) -> str:
        return "H:i" if self.until - self.since <= timedelta(days=1) else "j M H:i"


def histogram(since: datetime, until: datetime) -> Histogram:
    """Alerts opened and reopened, stacked by severity."""
    step = (until - since) / BARS
    counts = [dict.fromkeys(SEVERITIES, 0) for _ in range(BARS)]
    rows = Transition.objects.filter(kind__in=("opened", "reopened"), at__gte=since, at__lt=until)
    slices = (Microseconds("at") - (since - EPOCH) // MICROSECOND) / max(step // MICROSECOND, 1)
    for number, severity, count in rows.values_list(slices, "alert__severity").annotate(Count("id")):
        counts[min(number, BARS - 1)][severity] += count
    top = max(sum(count.values()) for count in counts)
    return Histogram(stack(counts, since, step, top or 1), since, until, top)


def stack(counts: Sequence[dict[str, int]], since: datetime, step: timedelta, top: int) -> list[Bar]:
    bars = []
    for number, count in enumerate(counts):
        bar = Bar(number * WIDTH / BARS, WIDTH / BARS - 2, since + step * number, since + step * (number + 1))
        y = float(HEIGHT)
        for severity in SEVERITIES:
            if size := count[severity] * HEIGHT / top:
                y -= size
                bar.parts.append((severity, round(y, 1), round(size, 1), count[severity]))
        bar.total = sum(count.values())
        bars.append(bar)
    return bars


def spark(points: Sequence[tuple[float, float]], slots: int) -> list[tuple[float, float, float]]:
    """Bars (x, y, height) of how much a running count (seconds, count) grew in each of ``slots`` slices."""
    first, last = points[0][0], points[-1][0]
    edges = [at_time(points, first + (last - first) * edge / slots) for edge in range(slots + 1)]
    grown = [later - earlier for earlier, later in itertools.pairwise(edges)]
    top = max(grown) or 1
    wide = SPARK_WIDTH / slots
    heights = [max(round(SPARK_HEIGHT * value / top, 1), 1.0) for value in grown]
    return [(round(n * wide, 1), round(SPARK_HEIGHT - height, 1), height) for n, height in enumerate(heights)]


def at_time(points: Sequence[tuple[float, float]], moment: float) -> float:
    """The count at a moment, on the straight line between the points around it."""
    for (t0, c0), (t1, c1) in itertools.pairwise(points):
        if moment <= t1:
            return c0 + (c1 - c0) * (moment - t0) / ((t1 - t0) or 1)
    return points[-1][1]


def line(values: Sequence[float], top: float, width: int = 600, height: int = 80) -> str:
    """The points of a polyline on a scale up to ``top``, the newest at the right."""
    step = width / max(len(values) - 1, 1)
    scale = (height - 4) / (top or 1)
    return " ".join(f"{number * step:.1f},{height - value * scale:.1f}" for number, value in enumerate(values))
