"""The histogram around an alert, with the time in which it fired marked. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from search.plots import WIDTH, Plot, plot
from search.slices import Slice

LEAST_WIDTH = 4.0  # of the mark, so that it is seen


@dataclass(frozen=True)
class Firing:
    """``x``, ``width``: where the mark is drawn."""

    plot: Plot
    since: datetime
    until: datetime
    x: float
    width: float


def firing(slices: Sequence[Slice], since: datetime, until: datetime) -> Firing:
    drawn = plot(slices)
    start, end = place(drawn, since), place(drawn, until)
    return Firing(drawn, since, until, start, max(round(end - start, 1), LEAST_WIDTH))


def place(drawn: Plot, moment: datetime) -> float:
    share = (moment - drawn.since) / (drawn.until - drawn.since)
    return round(WIDTH * min(max(share, 0.0), 1.0), 1)
