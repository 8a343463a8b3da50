"""docs/otel-contract.md is true: every row of its tables is sent in both encodings, and none is missing."""

import base64
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from ingest.decode import decode
from telemetry.records import LogRecord, MetricPoint, Record, Span
from tests.tools import ROOT

NOW = 1_768_000_000_000_000_999
START = "1768000000000000500"
SPAN = {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "startTimeUnixNano": START,
        "endTimeUnixNano": START}  # fmt: skip
REQUESTS = {
    "logs": ExportLogsServiceRequest,
    "traces": ExportTraceServiceRequest,
    "metrics": ExportMetricsServiceRequest,
}
LISTS = {
    "logs": ("resourceLogs", "scopeLogs", "logRecords"),
    "traces": ("resourceSpans", "scopeSpans", "spans"),
    "metrics": ("resourceMetrics", "scopeMetrics", "metrics"),
}
# which tables hold for which signal
SECTIONS = {
    "logs": ("Resource and scope, for every record", "Attribute values and structured bodies", "Logs"),
    "traces": ("Resource and scope, for every record", "Attribute values and structured bodies", "Spans"),
    "metrics": ("Resource and scope, for every record", "Metric points"),
}
NUMBER_KINDS = ("gauge", "sum")
ADDED_LATER = {"id", "received_at", "pattern", "issue"}


class Row(NamedTuple):
    section: str
    path: str
    example: Any
    field: str  # empty where it isn't kept
    value: Any


def rows() -> Iterator[Row]:
    section = ""
    for line in (ROOT / "docs" / "otel-contract.md").read_text().splitlines():
        if line.startswith("## "):
            section = line[3:]
        if line.startswith("| `"):
            path, example, field, value = (cell.strip().strip("`") for cell in line.strip("|\n").split(" | "))
            kept = field != "–"
            yield Row(section, path, json.loads(example), field if kept else "", json.loads(value) if kept else None)


ROWS = list(rows())
CASES = [(signal, row) for signal, sections in SECTIONS.items() for row in ROWS if row.section in sections]


def sent(signal: str, row: Row, *, without: bool = False) -> dict[str, Any]:
    """A request with one record that has what the row says, and nothing else but what it can't do without."""
    head, _, rest = row.path.partition(".")
    resource: dict[str, Any] = {}
    scope: dict[str, Any] = {}
    outer: dict[str, Any] = {}
    item: dict[str, Any] = dict(SPAN) if signal == "traces" else {}
    if signal == "metrics":
        kind = head if row.section == "Metric points" and rest else "gauge"
        item[kind] = {"dataPoints": [{"asInt": "1"} if kind in NUMBER_KINDS else {}]}
    if not without:
        if head in ("resource", "scope"):
            place({"resource": resource, "scope": scope}[head], rest, row.example)
        else:
            place(outer if head == "schemaUrl" else item, row.path, row.example)
    of_resources, of_scopes, items = LISTS[signal]
    return {of_resources: [{"resource": resource, of_scopes: [{"scope": scope, items: [item]} | outer]} | outer]}


def place(target: dict[str, Any], path: str, value: Any) -> None:
    """Put the value at the end of the path; on the way lie objects, and lists of which the first element is meant."""
    head, _, rest = path.partition(".")
    if head == "attributes" and rest:
        target["attributes"] = [{"key": rest, "value": value}]
    elif rest:
        inner = target.setdefault(head, [{}] if head in ("events", "links") else {})
        place(inner[0] if isinstance(inner, list) else inner, rest, value)
    elif isinstance(target.get(head), list) and isinstance(value, dict):
        target[head][0].update(value)
    else:
        target.pop({"asDouble": "asInt"}.get(head, ""), None)
        target[head] = value


def as_protobuf(signal: str, request: dict[str, Any]) -> bytes:
    def unhexed(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: base64.b64encode(bytes.fromhex(item)).decode()
                if key.endswith(("raceId", "panId"))
                else unhexed(item)
                for key, item in value.items()
            }
        return [unhexed(item) for item in value] if isinstance(value, list) else value

    return bytes(ParseDict(unhexed(request), REQUESTS[signal]()).SerializeToString())


def record(signal: str, request: dict[str, Any], encoding: str) -> Record:
    value = as_protobuf(signal, request) if encoding == "protobuf" else json.dumps(request).encode()
    decoded = decode(value, signal=signal, encoding=encoding, received_at=NOW)
    assert decoded.rejected == []
    (made,) = decoded.records
    return made


def looked_up(made: Record, field: str) -> Any:
    name, _, key = field.partition(".")
    value = getattr(made, name)
    return value[key] if key else value


@pytest.mark.parametrize("encoding", ["json", "protobuf"])
@pytest.mark.parametrize(("signal", "row"), CASES, ids=lambda case: case if isinstance(case, str) else case.path)
def test_a_row_says_what_becomes_of_a_field(signal, row, encoding):
    made = record(signal, sent(signal, row), encoding)
    if row.field:
        assert looked_up(made, row.field) == row.value
        assert type(looked_up(made, row.field)) is type(row.value)
    else:
        assert made == record(signal, sent(signal, row, without=True), encoding)


RECORDS: dict[str, type[msgspec.Struct]] = {"logs": LogRecord, "traces": Span, "metrics": MetricPoint}


@pytest.mark.parametrize("signal", list(RECORDS))
def test_every_field_of_a_record_stands_in_the_tables(signal):
    named = {row.field.partition(".")[0] for case, row in CASES if case == signal}
    assert named - {""} == set(RECORDS[signal].__struct_fields__) - ADDED_LATER


# OTLP's messages, the section with their fields, and where in the path these stand
MESSAGES: list[tuple[Any, str, str]] = [
    (resource_pb2.Resource, "Resource and scope, for every record", "resource."),
    (common_pb2.InstrumentationScope, "Resource and scope, for every record", "scope."),
    (logs_pb2.LogRecord, "Logs", ""),
    (trace_pb2.Span, "Spans", ""),
    (trace_pb2.Span.Event, "Spans", "events."),
    (trace_pb2.Span.Link, "Spans", "links."),
    (trace_pb2.Status, "Spans", "status."),
    (metrics_pb2.Metric, "Metric points", ""),
    (metrics_pb2.Sum, "Metric points", "sum."),
    (metrics_pb2.Histogram, "Metric points", "histogram."),
    (metrics_pb2.ExponentialHistogram, "Metric points", "exponentialHistogram."),
    (metrics_pb2.NumberDataPoint, "Metric points", "gauge.dataPoints."),
    (metrics_pb2.HistogramDataPoint, "Metric points", "histogram.dataPoints."),
    (metrics_pb2.ExponentialHistogramDataPoint, "Metric points", "exponentialHistogram.dataPoints."),
    (metrics_pb2.SummaryDataPoint, "Metric points", "summary.dataPoints."),
]
AS_IN_A_GAUGE = {"timeUnixNano", "attributes"}


@pytest.mark.parametrize(("message", "section", "place_"), MESSAGES, ids=lambda case: getattr(case, "__name__", ""))
def test_every_field_of_otlp_stands_in_the_tables(message, section, place_):
    named: set[str] = set()
    for row in ROWS:
        if row.section == section and row.path.startswith(place_):
            named.add(row.path.removeprefix(place_).partition(".")[0])
        elif row.section == section and row.path + "." == place_:
            named |= set(row.example)  # a row that sets several at once
    if place_.endswith("dataPoints.") and not place_.startswith("gauge"):
        named |= AS_IN_A_GAUGE
    fields = {field.json_name for field in message.DESCRIPTOR.fields}
    assert fields <= named


# --- requests of the form in which OpenTelemetry publishes its examples -------------------------------------------
def attribute(key: str, **value: Any) -> dict[str, Any]:
    return {"key": key, "value": value}


ORIGIN = {"attributes": [attribute("service.name", stringValue="shop.web")]}
SCOPE = {"name": "shop.library", "version": "1.0.0", "attributes": [attribute("scope.kind", stringValue="own")]}
COMMON = {"service": "shop.web", "received_at": 0}
VALUES = [
    attribute("text", stringValue="some text"),
    attribute("flag", boolValue=True),
    attribute("whole", intValue="10"),
    attribute("real", doubleValue=637.704),
    attribute("list", arrayValue={"values": [{"stringValue": "many"}, {"stringValue": "values"}]}),
    attribute("map", kvlistValue={"values": [attribute("inner.key", stringValue="value")]}),
]
PLAIN = {"text": "some text", "flag": True, "whole": 10, "real": 637.704, "list": ["many", "values"],
         "map": {"inner.key": "value"}, "scope.name": "shop.library"}  # fmt: skip


def request_of(signal: str, *items: dict[str, Any]) -> dict[str, Any]:
    of_resources, of_scopes, items_ = LISTS[signal]
    return {of_resources: [{"resource": ORIGIN, of_scopes: [{"scope": SCOPE, items_: list(items)}]}]}


def everything(signal: str, request: dict[str, Any], encoding: str) -> list[dict[str, Any]]:
    value = as_protobuf(signal, request) if encoding == "protobuf" else json.dumps(request).encode()
    decoded = decode(value, signal=signal, encoding=None, received_at=NOW)
    assert decoded.rejected == []
    return [msgspec.structs.asdict(made) for made in decoded.records]


def of(made: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """What was made of the fields that are expected."""
    return {name: made[name] for name in expected}


@pytest.mark.parametrize("encoding", ["json", "protobuf"])
def test_a_log_as_in_the_published_example(encoding):
    item = {"timeUnixNano": "1544712660300000000", "observedTimeUnixNano": "1544712660300000000",
            "severityNumber": 10, "severityText": "Information", "traceId": "5B8EFFF798038103D269B633813FC60C",
            "spanId": "EEE19B7EC3C1B174", "body": {"stringValue": "a log record"}, "attributes": VALUES}  # fmt: skip
    (made,) = everything("logs", request_of("logs", item), encoding)
    expected = COMMON | {"timestamp": 1544712660300000000, "level": "info", "message": "a log record",
                         "trace_id": "5b8efff798038103d269b633813fc60c", "span_id": "eee19b7ec3c1b174",
                         "attrs": PLAIN}  # fmt: skip
    assert of(made, expected) == expected


@pytest.mark.parametrize("encoding", ["json", "protobuf"])
def test_a_span_as_in_the_published_example(encoding):
    item = {"traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174",
            "parentSpanId": "EEE19B7EC3C1B173", "name": "a server span", "startTimeUnixNano": "1544712660000000000",
            "endTimeUnixNano": "1544712661000000000", "kind": 2, "attributes": VALUES}  # fmt: skip
    (made,) = everything("traces", request_of("traces", item), encoding)
    expected = COMMON | {"timestamp": 1544712660000000000, "duration_ns": 1_000_000_000, "name": "a server span",
                         "trace_id": "5b8efff798038103d269b633813fc60c", "span_id": "eee19b7ec3c1b174",
                         "parent_span_id": "eee19b7ec3c1b173", "kind": "server", "status": "unset",
                         "attrs": PLAIN}  # fmt: skip
    assert of(made, expected) == expected


@pytest.mark.parametrize("encoding", ["json", "protobuf"])
def test_metrics_as_in_the_published_example(encoding):
    point = {"startTimeUnixNano": "1544712660300000000", "timeUnixNano": "1544712660300000000", "attributes": VALUES}
    metrics = [
        {"name": "a.counter", "unit": "1", "description": "counts",
         "sum": {"aggregationTemporality": 1, "isMonotonic": True, "dataPoints": [point | {"asDouble": 5}]}},
        {"name": "a.gauge", "unit": "1", "gauge": {"dataPoints": [point | {"asDouble": 10}]}},
        {"name": "a.histogram", "unit": "1", "histogram": {"aggregationTemporality": 1, "dataPoints": [
            point | {"count": "2", "sum": 2, "bucketCounts": ["1", "1"], "explicitBounds": [1], "min": 0, "max": 2}]}},
        {"name": "an.exponential", "unit": "1", "exponentialHistogram": {"aggregationTemporality": 1, "dataPoints": [
            point | {"count": "3", "sum": 10, "scale": 0, "zeroCount": "1", "min": 0, "max": 5, "zeroThreshold": 0,
                     "positive": {"offset": 1, "bucketCounts": ["0", "2"]}}]}},
    ]  # fmt: skip
    made = everything("metrics", request_of("metrics", *metrics), encoding)
    for each in made:
        expected = COMMON | {"timestamp": 1544712660300000000, "unit": "1", "attrs": PLAIN}
        assert of(each, expected) == expected
    counter, gauge, histogram, exponential = made
    expected = {"name": "a.counter", "kind": "sum", "value": 5.0, "temporality": "delta", "monotonic": True}
    assert of(counter, expected) == expected
    expected = {"name": "a.gauge", "kind": "gauge", "value": 10.0, "monotonic": False}
    assert of(gauge, expected) == expected
    expected = {"kind": "histogram", "count": 2, "total": 2.0, "minimum": 0.0, "maximum": 2.0,
                "buckets": [[1.0, 1], [None, 1]], "temporality": "delta"}  # fmt: skip
    assert of(histogram, expected) == expected
    expected = {"kind": "exponential_histogram", "count": 3, "total": 10.0, "minimum": 0.0, "maximum": 5.0,
                "buckets": [[0.0, 1], [4.0, 0], [8.0, 2]], "temporality": "delta"}  # fmt: skip
    assert of(exponential, expected) == expected
