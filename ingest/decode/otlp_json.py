"""OTLP JSON: the same names as protobuf's, as typed structs, and how their values are read.

What differs from plain protobuf JSON is in the OTLP specification: ids are hex, enums are numbers, unknown keys are
passed over. 64-bit numbers come as text or as numbers.
"""

from typing import Any

import msgspec

from ingest.decode.protobuf import DATA, plain
from ingest.decode.reader import Reader
from ingest.validate import DEPTH_LIMIT, Invalid

Int = int | str
Double = float | str  # "NaN", "Infinity"


class Camel(msgspec.Struct, rename="camel", omit_defaults=True):
    """Keys in lowerCamelCase."""


class AnyValue(Camel):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: Int | None = None
    double_value: Double | None = None
    array_value: "ArrayValue | None" = None
    kvlist_value: "KeyValueList | None" = None
    bytes_value: str | None = None


class ArrayValue(Camel):
    values: list[AnyValue | None] = []


class KeyValue(Camel):
    key: str = ""
    value: AnyValue | None = None


class KeyValueList(Camel):
    values: list[KeyValue] = []


class Resource(Camel):
    attributes: list[KeyValue] = []


class Scope(Camel):
    name: str = ""


class Log(Camel):
    time_unix_nano: Int = 0
    observed_time_unix_nano: Int = 0
    severity_number: Int = 0
    severity_text: str = ""
    body: AnyValue | None = None
    attributes: list[KeyValue] = []
    trace_id: str = ""
    span_id: str = ""
    event_name: str = ""


class Event(Camel):
    time_unix_nano: Int = 0
    name: str = ""
    attributes: list[KeyValue] = []


class Link(Camel):
    trace_id: str = ""
    span_id: str = ""
    attributes: list[KeyValue] = []


class Status(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True):
    message: str = ""
    code: Int = 0


class SpanItem(Camel):
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    name: str = ""
    kind: Int = 0
    start_time_unix_nano: Int = 0
    end_time_unix_nano: Int = 0
    attributes: list[KeyValue] = []
    events: list[Event] = []
    links: list[Link] = []
    status: Status = Status()


class Point(Camel):
    """The fields of every kind of data point."""

    attributes: list[KeyValue] = []
    time_unix_nano: Int = 0
    as_double: Double | None = None
    as_int: Int | None = None
    count: Int = 0
    sum: Double | None = None
    min: Double | None = None
    max: Double | None = None
    bucket_counts: list[Int] = []
    explicit_bounds: list[Double] = []
    scale: int = 0
    zero_count: Int = 0
    positive: "Buckets | None" = None
    negative: "Buckets | None" = None
    quantile_values: "list[Quantile]" = []


class Buckets(Camel):
    offset: int = 0
    bucket_counts: list[Int] = []


class Quantile(Camel):
    quantile: Double = 0.0
    value: Double = 0.0


class Data(Camel):
    data_points: list[Point] = []
    aggregation_temporality: Int = 0
    is_monotonic: bool = False


class Metric(Camel):
    name: str = ""
    unit: str = ""
    gauge: Data | None = None
    sum: Data | None = None
    histogram: Data | None = None
    exponential_histogram: Data | None = None
    summary: Data | None = None


class ScopeLogs(Camel):
    scope: Scope = msgspec.field(default_factory=Scope)
    log_records: list[Log] = []


class ScopeSpans(Camel):
    scope: Scope = msgspec.field(default_factory=Scope)
    spans: list[SpanItem] = []


class ScopeMetrics(Camel):
    scope: Scope = msgspec.field(default_factory=Scope)
    metrics: list[Metric] = []


class ResourceLogs(Camel):
    resource: Resource = msgspec.field(default_factory=Resource)
    scope_logs: list[ScopeLogs] = []


class ResourceSpans(Camel):
    resource: Resource = msgspec.field(default_factory=Resource)
    scope_spans: list[ScopeSpans] = []


class ResourceMetrics(Camel):
    resource: Resource = msgspec.field(default_factory=Resource)
    scope_metrics: list[ScopeMetrics] = []


class LogsRequest(Camel):
    resource_logs: list[ResourceLogs] = []


class TracesRequest(Camel):
    resource_spans: list[ResourceSpans] = []


class MetricsRequest(Camel):
    resource_metrics: list[ResourceMetrics] = []


def value(item: AnyValue | None, level: int = 0) -> Any:
    if item is None:
        return None
    if item.string_value is not None:
        return item.string_value
    if item.int_value is not None:
        return whole(item.int_value)
    if item.bool_value is not None:
        return item.bool_value
    if item.double_value is not None:
        return real(item.double_value)
    if item.bytes_value is not None:
        return item.bytes_value
    if level >= DEPTH_LIMIT:
        raise Invalid(f"attributes are nested deeper than {DEPTH_LIMIT} levels", "too_deep")
    if item.array_value is not None:
        return [value(inner, level + 1) for inner in item.array_value.values]
    if item.kvlist_value is not None:
        return {pair.key: value(pair.value, level + 1) for pair in item.kvlist_value.values}
    return None


def whole(number: Int) -> int:
    try:
        return int(number)
    except ValueError:
        raise Invalid(f"expected a whole number, got {str(number)[:40]!r}") from None


def real(number: Double) -> float | str:
    try:
        return plain(float(number))
    except ValueError:
        raise Invalid(f"expected a number, got {str(number)[:40]!r}") from None


def attributes(pairs: list[KeyValue]) -> dict[str, Any]:
    return {pair.key: value(pair.value) for pair in pairs}


def hexed(text: str, size: int) -> str | None:
    if len(text) != 2 * size or not text.strip("0"):
        return None
    try:
        return bytes.fromhex(text).hex()
    except ValueError:
        return None


def data(metric: Metric) -> tuple[str, Any] | None:
    return next(((kind, found) for kind in DATA if (found := getattr(metric, kind)) is not None), None)


def number(point: Point) -> float | None:
    if point.as_int is not None:
        return whole(point.as_int)
    try:
        return None if point.as_double is None else float(point.as_double)
    except ValueError:
        raise Invalid(f"asDouble: expected a number, got {str(point.as_double)[:40]!r}") from None


def shown(item: Any) -> Any:
    return msgspec.to_builtins(item)


READER = Reader(value, attributes, hexed, lambda message, name: getattr(message, name) is not None, data, number, shown)
