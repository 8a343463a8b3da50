"""metric: an aggregate of a metric's points within ``window`` is over or below a limit, per group.

avg, sum, min, max and percentile are of the values of gauges and sums, and of what histograms and summaries measured.
count is the number of points. rate is the increase a second of counters, each series by itself; a counter that falls
was started anew. Of histograms a percentile is as fine as their buckets, else it is within 1 %.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec

from alerts.rules import tenths
from alerts.rules.frame import SECOND, Axis, Bucket, Clear, Delta, Unknown, Verdict, Window, by_time, counted, per
from alerts.rules.limits import Limits, Minimum, beyond, within
from alerts.rules.sketch import bins, percentile
from telemetry.records import MetricPoint, Record

AXIS: Axis = "event"
MONOTONE = False
MEMORY = False
SIGNALS = ("metrics",)
width, span = tenths.width, tenths.span
Aggregate = Literal["avg", "sum", "min", "max", "percentile", "rate", "count"]


class Config(Limits, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits are in the metric's own unit (a second, for rate)."""

    aggregate: Annotated[Aggregate, msgspec.Meta(description="What is made of the points.")] = "avg"
    percentile: Annotated[float, msgspec.Meta(gt=0, le=100, description="From 0 to 100, for percentile.")] = 95
    minimum: Minimum = 1


def base(config: Config) -> int:
    return config.minimum


def observe(config: Config, records: Sequence[Record]) -> Mapping[int, Delta]:
    deltas: dict[int, Delta] = {}
    for start, members in by_time(records, AXIS, width(config)).items():
        points = [record for record in members if isinstance(record, MetricPoint)]
        bucket = deltas[start] = counted(members)
        if config.aggregate == "rate":
            increases(bucket, points)
        else:
            measured(bucket, points)
        if config.aggregate == "percentile":
            bucket.numbers |= bins(weighed for point in points for weighed in distribution(point))
    return deltas


def measured(bucket: Bucket, points: Sequence[MetricPoint]) -> None:
    for point in points:
        if point.value is not None:
            total, weight, low, high = point.value, 1, point.value, point.value
        elif point.count:
            total, weight = point.total or 0.0, point.count
            low = total / weight if point.minimum is None else point.minimum
            high = total / weight if point.maximum is None else point.maximum
        else:
            continue
        bucket.numbers["total"] = bucket.numbers.get("total", 0) + total
        bucket.numbers["weight"] = bucket.numbers.get("weight", 0) + weight
        bucket.lows["value"] = min(bucket.lows.get("value", low), low)
        bucket.highs["value"] = max(bucket.highs.get("value", high), high)


def distribution(point: MetricPoint) -> list[tuple[float, float]]:
    """The values of a point and how often: a histogram's buckets by their middle."""
    if point.value is not None:
        return [(point.value, 1)]
    if point.kind == "summary" or not point.buckets:
        return [(point.total / point.count, point.count)] if point.count and point.total is not None else []
    found: list[tuple[float, float]] = []
    lower = point.minimum
    for upper, count in point.buckets:
        high = upper if upper is not None else point.maximum if point.maximum is not None else lower
        if count and high is not None:
            low = lower if lower is not None else min(0.0, high)
            found.append(((low + max(low, high)) / 2, float(count)))
        lower = upper
    return found


def increases(bucket: Bucket, points: Sequence[MetricPoint]) -> None:
    """Deltas are added up; of counters the least and greatest are kept, each series by itself."""
    for point in points:
        if point.value is None:
            continue
        if point.temporality == "delta":
            bucket.numbers["delta"] = bucket.numbers.get("delta", 0) + point.value
            continue
        name = series(point)
        bucket.lows[name] = min(bucket.lows.get(name, point.value), point.value)
        bucket.highs[name] = max(bucket.highs.get(name, point.value), point.value)


def series(point: MetricPoint) -> str:
    return msgspec.json.encode([point.service, point.host, point.name, point.attrs], order="deterministic").decode()


def judge(config: Config, window: Window, now: int) -> Verdict:
    if not window.count:
        return Clear()  # of no points nothing can be said; that they are missing is for a flatline
    if window.count < config.minimum:
        return Unknown()
    value = aggregate(config, window)
    return Unknown() if value is None else beyond(config, value, f"{config.aggregate} of {window.count} points")


def aggregate(config: Config, window: Window) -> float | None:
    buckets = window.buckets
    if config.aggregate == "count":
        return window.count
    if config.aggregate == "rate":
        return increase(buckets) / (span(config) / SECOND)
    if config.aggregate == "percentile":
        return percentile((bucket.numbers for bucket in buckets), config.percentile)
    if config.aggregate == "min":
        return min((bucket.lows["value"] for bucket in buckets if bucket.lows), default=None)
    if config.aggregate == "max":
        return max((bucket.highs["value"] for bucket in buckets if bucket.highs), default=None)
    total = sum(bucket.numbers.get("total", 0) for bucket in buckets)
    weight = sum(bucket.numbers.get("weight", 0) for bucket in buckets)
    if not weight:
        return None
    return total if config.aggregate == "sum" else total / weight


def increase(buckets: Sequence[Bucket]) -> float:
    total = sum(bucket.numbers.get("delta", 0) for bucket in buckets)
    reached: dict[str, float] = {}
    for bucket in buckets:
        for name, high in bucket.highs.items():
            was = reached.get(name, bucket.lows[name])
            total += high - was if high >= was else high
            reached[name] = high
    return total


def sentence(config: Config, query: str, group_by: Sequence[str]) -> str:
    what = f"p{config.percentile:g}" if config.aggregate == "percentile" else config.aggregate
    return f"when the {what} of metrics with {query}{per(group_by)} {within(config)}"
