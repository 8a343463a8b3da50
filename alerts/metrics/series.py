"""Metric points as lines: one value for each group and slice of time. Pure.

Values are aggregated as a rule of type metric does it (alerts/rules/metric.py). What counters and histograms have added
up since their start is taken apart first: each point counts for what it adds to the one before it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import msgspec

from alerts.rules.frame import SECOND, Bucket, Window
from alerts.rules.metric import Config, aggregate, distribution, measured, series
from alerts.rules.sketch import bins
from query.fields import METRICS, leaves_reader, value_reader
from query.match import as_text
from telemetry.records import MetricPoint


@dataclass(frozen=True)
class Plan:
    """Slices of ``step`` seconds from ``first`` (ns) on, ``number`` of them. ``by``: a field; empty for one group."""

    config: Config
    by: str
    first: int
    step: int
    number: int

    def slice_of(self, moment: int) -> int:
        return (moment - self.first) // (self.step * SECOND)


@dataclass(frozen=True)
class Series:
    group: str
    values: list[float | None]

    @property
    def known(self) -> list[float]:
        return [value for value in self.values if value is not None]

    @property
    def last(self) -> float:
        return self.known[-1]

    @property
    def least(self) -> float:
        return min(self.known)

    @property
    def mean(self) -> float:
        return sum(self.known) / len(self.known)

    @property
    def most(self) -> float:
        return max(self.known)


def interval(points: Iterable[MetricPoint]) -> float:
    """How many seconds usually lie between two points of a series; 0 where there are no two."""
    times: defaultdict[str, list[int]] = defaultdict(list)
    for point in points:
        times[series(point)].append(point.timestamp)
    gaps = [(max(of) - min(of)) / (len(of) - 1) for of in times.values() if len(of) > 1]
    return median(gaps) / SECOND if gaps else 0.0


def lines(points: Sequence[MetricPoint], plan: Plan) -> list[Series]:
    """Those with the greatest values first. ``points`` are in the order of time, and may begin before the slices."""
    group = reader(plan.by)
    make = rates if plan.config.aggregate == "rate" else values
    groups: defaultdict[str, list[MetricPoint]] = defaultdict(list)
    for point in points:
        groups[group(point)].append(point)
    made = [Series(name, make(members, plan)) for name, members in groups.items()]
    drawn = [one for one in made if one.known]
    return sorted(drawn, key=lambda one: (-max(one.known), one.group))


def reader(field: str) -> Callable[[MetricPoint], str]:
    if not field:
        return lambda point: ""
    if field in METRICS:
        read = value_reader(field, METRICS)
        return lambda point: written(read(point))
    read_all = leaves_reader(field, METRICS)
    return lambda point: ", ".join(map(as_text, read_all(point)))


def written(value: Any) -> str:
    return "" if value is None else as_text(value)


def values(points: Sequence[MetricPoint], plan: Plan) -> list[float | None]:
    slices: defaultdict[int, list[MetricPoint]] = defaultdict(list)
    for point in apart(points):
        slices[plan.slice_of(point.timestamp)].append(point)
    return [value(slices[place], plan.config) if place in slices else None for place in range(plan.number)]


def value(points: Sequence[MetricPoint], config: Config) -> float | None:
    bucket = Bucket(count=len(points))
    measured(bucket, points)
    if config.aggregate == "percentile":
        bucket.numbers |= bins(weighed for point in points for weighed in distribution(point))
    return aggregate(config, Window(0, [0], [bucket]))


def apart(points: Sequence[MetricPoint]) -> list[MetricPoint]:
    """Histograms that add up since their start as what each point adds; the first of a series is left out."""
    before: dict[str, MetricPoint] = {}
    found = []
    for point in points:
        if not adds_up(point):
            found.append(point)
            continue
        name = series(point)
        if (last := before.get(name)) is not None:
            found.append(added(last, point))
        before[name] = point
    return found


def adds_up(point: MetricPoint) -> bool:
    """Whether it is a histogram of all that was measured since its start."""
    return point.temporality == "cumulative" and point.value is None


def added(last: MetricPoint, point: MetricPoint) -> MetricPoint:
    if (point.count or 0) < (last.count or 0):
        return point  # started anew
    counts: dict[Any, float] = {bound: count or 0 for bound, count in last.buckets}
    return msgspec.structs.replace(
        point,
        count=(point.count or 0) - (last.count or 0),
        total=None if point.total is None else point.total - (last.total or 0),
        minimum=None,  # of all time
        maximum=None,
        buckets=[[bound, max((count or 0) - counts.get(bound, 0), 0)] for bound, count in point.buckets],
    )


def rates(points: Sequence[MetricPoint], plan: Plan) -> list[float | None]:
    """The increase a second: of each series by itself over the time between its points, and all of them together."""
    before: dict[str, MetricPoint] = {}
    grown: defaultdict[tuple[int, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for point in points:
        if point.value is None:
            continue
        name = series(point)
        last, before[name] = before.get(name), point
        if last is None or last.value is None or point.timestamp <= last.timestamp:
            continue
        increase = point.value if point.temporality == "delta" or point.value < last.value else point.value - last.value
        both = grown[plan.slice_of(point.timestamp), name]
        both[0] += increase
        both[1] += (point.timestamp - last.timestamp) / SECOND
    found: list[float | None] = [None] * plan.number
    for (place, _), (increase, seconds) in grown.items():
        if 0 <= place < plan.number:
            found[place] = (found[place] or 0.0) + increase / seconds
    return found
