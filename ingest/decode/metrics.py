"""The walk over an OTLP metrics request: a record is a data point."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ingest.decode.otlp import LATEST, Origin, Walk, finite, pick, time_of, whole
from ingest.decode.reader import Reader
from ingest.validate import Invalid
from telemetry.records import MetricPoint

TEMPORALITIES = ("unspecified", "delta", "cumulative")


class Item(NamedTuple):
    """A metric, and a point of its data; one without data stands once, without either."""

    metric: Any
    kind: str = ""
    data: Any = None
    point: Any = None


def metrics(request: Any, walk: Walk) -> None:
    for resource_metrics in request.resource_metrics:
        for scope_metrics in resource_metrics.scope_metrics:
            items = items_of(scope_metrics.metrics, walk.reader)
            walk.each(items, resource_metrics.resource, scope_metrics.scope, point, shown)


def items_of(metrics: Iterable[Any], reader: Reader) -> Iterator[Item]:
    for metric in metrics:
        if (found := reader.data(metric)) is None:
            yield Item(metric)
        else:
            for each in found[1].data_points:
                yield Item(metric, *found, each)


def shown(item: Item, reader: Reader) -> Any:
    named = {"name": item.metric.name, "unit": item.metric.unit}
    return named | {item.kind: {"dataPoints": [reader.shown(item.point)]}} if item.kind else named


def point(found: Item, source: Origin, walk: Walk) -> MetricPoint:
    metric, kind, data, item = found
    reader = walk.reader
    if not kind:
        raise Invalid(f"metric {metric.name[:100]!r} has no data")
    made = MetricPoint(
        timestamp=time_of(item.time_unix_nano, walk.received_at),
        service=source.service,
        name=metric.name,
        kind=kind,
        unit=metric.unit,
        app_version=source.app_version,
        attrs=reader.attributes(item.attributes) | source.shared,
        environment=source.environment,
        host=source.host,
    )
    if kind in ("sum", "histogram", "exponential_histogram"):
        made.temporality = pick(TEMPORALITIES, data.aggregation_temporality)
    if kind in ("gauge", "sum"):
        value = reader.number(item)
        if value is None:
            raise Invalid(f"metric {metric.name[:100]!r}: a data point has no value")
        made.value = finite(value)
        made.monotonic = kind == "sum" and data.is_monotonic
        return made
    made.count = min(whole(item.count), LATEST)
    if kind == "summary":
        made.total = finite(item.sum or 0.0)
        made.buckets = [[finite(pair.quantile), finite(pair.value)] for pair in item.quantile_values]
        return made
    made.total = finite(item.sum) if reader.has(item, "sum") else None
    made.minimum = finite(item.min) if reader.has(item, "min") else None
    made.maximum = finite(item.max) if reader.has(item, "max") else None
    made.buckets = explicit(item) if kind == "histogram" else exponential(item)
    return made


def explicit(item: Any) -> list[list[float | int | None]]:
    bounds = [finite(bound) for bound in item.explicit_bounds]
    counts = [whole(count) for count in item.bucket_counts]
    return [[bound, count] for bound, count in zip([*bounds, None], counts, strict=False)]


def exponential(item: Any) -> list[list[float | int | None]]:
    """Upper bounds are base ** (index + 1) with base = 2 ** (2 ** -scale), mirrored for negatives.
    https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram"""
    made: list[list[float | int | None]] = []

    def bound(index: int) -> float | None:
        try:
            return finite(2.0 ** (index * 2.0**-item.scale))
        except OverflowError:
            return None

    if item.negative:
        counts = list(item.negative.bucket_counts)
        for index in range(len(counts) - 1, -1, -1):
            low = bound(item.negative.offset + index)
            made.append([None if low is None else -low, whole(counts[index])])
    if zeros := whole(item.zero_count):
        made.append([0.0, zeros])
    if item.positive:
        for index, count in enumerate(item.positive.bucket_counts):
            made.append([bound(item.positive.offset + index + 1), whole(count)])
    return made
