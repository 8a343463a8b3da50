"""A metric over time, by what it is grouped and beside the time before: what the page draws and the API answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.metrics.reading import Points, points
from alerts.metrics.series import Plan, Series, interval, lines
from alerts.rules.metric import Config
from query.ast import Node
from search.search import nanoseconds
from search.slices import Slices, slices
from telemetry.records import MetricPoint

MOST = 60  # values of a line
LEAD = timedelta(minutes=5)  # read before the range, for what its first points add


@dataclass(frozen=True)
class Question:
    """``aggregate`` and ``percentile`` as in alerts/rules/metric.py; ``by``: a field, or empty."""

    name: str
    node: Node
    aggregate: str
    percentile: float
    by: str
    since: datetime
    until: datetime

    @property
    def config(self) -> Config:
        return Config(aggregate=self.aggregate, percentile=self.percentile, over=0)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Explored:
    """``before``: the same groups in the time before, as far as they were there."""

    starts: list[datetime]
    step: int
    series: list[Series]
    before: dict[str, Series]
    points: list[MetricPoint]
    complete: bool


def explore(asked: Question, compare: bool = False) -> Explored:
    long = asked.until - asked.since
    back = long if compare else timedelta(0)
    found: Points = points(asked.name, asked.node, asked.since - back - LEAD, asked.until)
    here = [point for point in found.points if point.timestamp >= nanoseconds(asked.since)]
    cut = slices(asked.since, asked.until, most(long, interval(here)), ())
    drawn = lines(found.points, plan(asked, cut, timedelta(0)))
    earlier = lines(found.points, plan(asked, cut, back)) if compare else []
    return Explored(
        [one.start for one in cut.all], cut.seconds, drawn, {one.group: one for one in earlier}, here, found.complete
    )


def most(long: timedelta, every: float) -> int:
    """No more slices than a series has points, so that each has all series."""
    return max(min(MOST, int(long.total_seconds() / every)), 1) if every else MOST


def plan(asked: Question, cut: Slices, back: timedelta) -> Plan:
    return Plan(asked.config, asked.by, nanoseconds(cut.first - back), cut.seconds, len(cut.all))
