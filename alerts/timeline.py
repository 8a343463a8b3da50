"""How the alerts of a replay lie in time: as a line of text for a terminal, as bars for a page. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

Span = tuple[datetime, datetime]
SHADES = " ▁▂▃▄▅▆▇█"


def line(spans: Iterable[Span], since: datetime, until: datetime, slots: int = 60) -> str:
    """A character for each slice of time: the more alerts were open in it, the higher."""
    counts = [0] * slots
    for start, end in spans:
        first, last = slot(start, since, until, slots), slot(end, since, until, slots)
        for number in range(first, last + 1):
            counts[number] += 1
    return "".join(shade(count, max(counts)) for count in counts)


def slot(at: datetime, since: datetime, until: datetime, slots: int) -> int:
    return min(max(int((at - since) / (until - since) * slots), 0), slots - 1)


def shade(count: int, top: int) -> str:
    return SHADES[-(-count * (len(SHADES) - 1) // top)] if count else SHADES[0]


def bars(spans: Sequence[Span], since: datetime, until: datetime, width: float) -> list[tuple[float, float]]:
    """Where each span is drawn, as x and width; never too narrow to be seen."""
    scale = width / ((until - since).total_seconds() or 1)
    drawn = []
    for start, end in spans:
        x = max((start - since).total_seconds() * scale, 0.0)
        long = max((min(end, until) - max(start, since)).total_seconds() * scale, 2.0)
        drawn.append((round(min(x, width - 2), 1), round(long, 1)))
    return drawn
