"""The walk over an OTLP request: resource, scope, records. One for both encodings; see reader.py."""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from ingest.decode.reader import Reader
from ingest.redact import redact_value
from ingest.validate import FORMS, LEVEL_NAMES, MESSAGE_LIMIT, Invalid
from telemetry.records import SPAN_KINDS, SPAN_STATUSES, UNKNOWN_SERVICE, LogRecord, MetricPoint, Record, Span

LATEST = 2**63 - 1
# https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber: ranges of four, TRACE to FATAL
LEVEL_OF_SEVERITY = ["info"] + ["debug"] * 8 + ["info"] * 4 + ["warn"] * 4 + ["error"] * 8
TEMPORALITIES = ("unspecified", "delta", "cumulative")
CONTRACT_FIELDS = tuple(FORMS)


class Origin:
    """What a resource says of all its records."""

    def __init__(self, attributes: dict[str, Any], default_service: str | None) -> None:
        self.service = text(attributes.pop("service.name", None)) or default_service or UNKNOWN_SERVICE
        self.app_version = text(attributes.pop("service.version", None))
        self.host = text(attributes.pop("host.name", None))
        older = text(attributes.pop("deployment.environment", None))
        self.environment = text(attributes.pop("deployment.environment.name", None)) or older
        self.shared = {f"resource.{key}": value for key, value in attributes.items()}


def text(value: Any) -> str | None:
    return None if value is None else value if isinstance(value, str) else str(value)


def origin(resource: Any, scope: Any, reader: Reader, default_service: str | None) -> Origin:
    found = Origin(reader.attributes(resource.attributes), default_service)
    if scope.name:
        found.shared["scope.name"] = scope.name
    return found


def time_of(value: Any, otherwise: int) -> int:
    """Nanoseconds; 0 means not given, and what no clock shows can't be meant."""
    nanoseconds = value if isinstance(value, int) else whole(value)
    return nanoseconds if 0 < nanoseconds <= LATEST else otherwise


def whole(value: Any) -> int:
    try:
        return int(value)
    except ValueError:
        raise Invalid(f"expected a whole number, got {str(value)[:40]!r}") from None


Walked = Iterator[Record | Invalid]


def each(
    items: Iterable[Any],
    resource: Any,
    scope: Any,
    reader: Reader,
    default_service: str | None,
    make: Callable[[Any, Origin], Record],
) -> Walked:
    """The records of one scope. What is wrong with the resource is wrong with each of them."""
    try:
        source = origin(resource, scope, reader, default_service)
    except Exception as error:
        yield from (refused(error) for _ in items)
        return
    for item in items:
        try:
            yield make(item, source)
        except Exception as error:
            yield refused(error)


def refused(error: Exception) -> Invalid:
    if isinstance(error, Invalid):
        return error
    if isinstance(error, RecursionError):
        return Invalid("values are nested too deeply", "too_deep")
    return Invalid(f"{type(error).__name__} in our own code", "internal")


def logs(request: Any, reader: Reader, received_at: int, default_service: str | None) -> Walked:
    def make(item: Any, source: Origin) -> Record:
        return log(item, source, reader, received_at)

    for resource_logs in request.resource_logs:
        for scope_logs in resource_logs.scope_logs:
            yield from each(
                scope_logs.log_records, resource_logs.resource, scope_logs.scope, reader, default_service, make
            )


def log(item: Any, source: Origin, reader: Reader, received_at: int) -> LogRecord:
    attrs = reader.attributes(item.attributes)
    body = reader.value(item.body)
    if not isinstance(body, str):
        # redacted while it still has keys to go by
        body = "" if body is None else msgspec.json.encode(redact_value(body)).decode()
    if len(body) > MESSAGE_LIMIT:
        raise Invalid(f"body: longer than {MESSAGE_LIMIT} characters", "too_large")
    record = LogRecord(
        timestamp=time_of(item.time_unix_nano, 0) or time_of(item.observed_time_unix_nano, received_at),
        service=source.service,
        level=level(item.severity_number, item.severity_text),
        message=body,
        trace_id=reader.hex(item.trace_id, 16) if item.trace_id else None,
        span_id=reader.hex(item.span_id, 8) if item.span_id else None,
        app_version=source.app_version,
        attrs=attrs,
        environment=source.environment,
        host=source.host,
    )
    for name in CONTRACT_FIELDS:
        if name in attrs:
            value = attrs[name]
            value = str(value) if type(value) is int else value
            if isinstance(value, str) and FORMS[name].match(value):
                setattr(record, name, value)
                del attrs[name]
    if source.shared:
        attrs.update(source.shared)
    if item.event_name:
        attrs["event.name"] = item.event_name
    return record


def level(severity: Any, name: str) -> str:
    number: int = severity if isinstance(severity, int) else whole(severity)
    if 0 < number < len(LEVEL_OF_SEVERITY):
        return LEVEL_OF_SEVERITY[number]
    return LEVEL_NAMES.get(name.lower(), "info") if name else "info"


def spans(request: Any, reader: Reader, received_at: int, default_service: str | None) -> Walked:
    def make(item: Any, source: Origin) -> Record:
        return span(item, source, reader, received_at)

    for resource_spans in request.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            yield from each(
                scope_spans.spans, resource_spans.resource, scope_spans.scope, reader, default_service, make
            )


def span(item: Any, source: Origin, reader: Reader, received_at: int) -> Span:
    trace_id, span_id = reader.hex(item.trace_id, 16), reader.hex(item.span_id, 8)
    if trace_id is None or span_id is None:
        name, size = ("traceId", 16) if trace_id is None else ("spanId", 8)
        raise Invalid(f"{name}: expected {size} bytes, not all zero")
    start = time_of(item.start_time_unix_nano, received_at)
    return Span(
        timestamp=start,
        duration_ns=max(time_of(item.end_time_unix_nano, start) - start, 0),
        service=source.service,
        name=item.name,
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=reader.hex(item.parent_span_id, 8) if item.parent_span_id else None,
        kind=pick(SPAN_KINDS, item.kind),
        status=pick(SPAN_STATUSES, item.status.code),
        status_message=item.status.message,
        app_version=source.app_version,
        attrs=reader.attributes(item.attributes) | source.shared,
        events=[
            {
                "timestamp": time_of(event.time_unix_nano, start),
                "name": event.name,
                "attrs": reader.attributes(event.attributes),
            }
            for event in item.events
        ],
        links=[
            {
                "trace_id": reader.hex(link.trace_id, 16),
                "span_id": reader.hex(link.span_id, 8),
                "attrs": reader.attributes(link.attributes),
            }
            for link in item.links
        ],
        environment=source.environment,
        host=source.host,
    )


def pick(names: tuple[str, ...], number: Any) -> str:
    number = number if isinstance(number, int) else whole(number)
    return names[number] if 0 <= number < len(names) else names[0]


def metrics(request: Any, reader: Reader, received_at: int, default_service: str | None) -> Walked:
    def make(item: Any, source: Origin) -> Record:
        metric, found, data_point = item
        if found is None:
            raise Invalid(f"metric {metric.name[:100]!r} has no data")
        kind, data = found
        return point(metric, kind, data, data_point, source, reader, received_at)

    for resource_metrics in request.resource_metrics:
        for scope_metrics in resource_metrics.scope_metrics:
            items = data_points(scope_metrics.metrics, reader)
            yield from each(items, resource_metrics.resource, scope_metrics.scope, reader, default_service, make)


def data_points(metrics: Iterable[Any], reader: Reader) -> Iterator[tuple[Any, tuple[str, Any] | None, Any]]:
    """Each metric's kind, data and point; a metric without data stands once, without either."""
    for metric in metrics:
        if (found := reader.data(metric)) is None:
            yield metric, None, None
        else:
            for item in found[1].data_points:
                yield metric, found, item


def point(
    metric: Any, kind: str, data: Any, item: Any, source: Origin, reader: Reader, received_at: int
) -> MetricPoint:
    made = MetricPoint(
        timestamp=time_of(item.time_unix_nano, received_at),
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


def finite(number: Any) -> float | None:
    """What a column can hold: NaN and infinities are no value."""
    try:
        number = float(number)
    except ValueError:
        raise Invalid(f"expected a number, got {str(number)[:40]!r}") from None
    return number if math.isfinite(number) else None


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


WALKS: dict[str, Callable[[Any, Reader, int, str | None], Walked]] = {
    "logs": logs,
    "traces": spans,
    "metrics": metrics,
}
