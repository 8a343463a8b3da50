"""LogRecord, Span and MetricPoint: what a decoder makes, stages change, and stores keep.

Times are integers, nanoseconds since the epoch (as in OTLP); durations are nanoseconds too. ``id`` is
``topic-partition-offset-index``: the record's position in the transport, so that processing a batch twice makes the
same ids (``topic-partition.n-…`` where offsets began again). Attribute values are what JSON can hold: str, int, float,
bool, None, list, dict (bytes are base64 text).
"""

from typing import Any

import msgspec

Attributes = dict[str, Any]

LEVELS = ("debug", "info", "warn", "error")
STATUSES = ("success", "failure")
SPAN_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
SPAN_STATUSES = ("unset", "ok", "error")
METRIC_KINDS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")

UNKNOWN_SERVICE = "unknown_service"


class Issue(msgspec.Struct, frozen=True, gc=False):
    """What the issue catalogue knows of an error code."""

    code: str
    title: str
    suggested_fix: str = ""
    automation_action: str | None = None


class LogRecord(msgspec.Struct, gc=False, kw_only=True):
    """One log line: contract v1 (ingest/schema/log_schema.json) and what enrichment adds."""

    timestamp: int
    service: str
    level: str
    message: str
    trace_id: str | None = None
    span_id: str | None = None
    request_id: str | None = None
    error_code: str | None = None
    user_id: str | None = None
    product_id: str | None = None
    action: str | None = None
    status: str | None = None
    app_version: str | None = None
    attrs: Attributes = msgspec.field(default_factory=dict)
    # added by enrichment
    id: str = ""
    received_at: int = 0
    environment: str | None = None
    host: str | None = None
    pattern: str = ""
    issue: Issue | None = None


class Span(msgspec.Struct, gc=False, kw_only=True):
    """One span; ``timestamp`` is its start. ``events`` and ``links`` are lists of plain dicts:
    event {timestamp, name, attrs}, link {trace_id, span_id, attrs}."""

    timestamp: int
    duration_ns: int
    service: str
    name: str
    trace_id: str
    span_id: str
    parent_span_id: str | None = None
    kind: str = "unspecified"
    status: str = "unset"
    status_message: str = ""
    app_version: str | None = None
    attrs: Attributes = msgspec.field(default_factory=dict)
    events: list[Attributes] = msgspec.field(default_factory=list)
    links: list[Attributes] = msgspec.field(default_factory=list)
    id: str = ""
    received_at: int = 0
    environment: str | None = None
    host: str | None = None


class MetricPoint(msgspec.Struct, gc=False, kw_only=True):
    """One data point. ``value`` is the number of a gauge or sum; the others fill count, total, minimum, maximum and
    ``buckets``: [[upper bound or None for +Inf, count], …], for a summary [[quantile, value], …]."""

    timestamp: int
    service: str
    name: str
    kind: str
    unit: str = ""
    value: float | None = None
    count: int | None = None
    total: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    buckets: list[list[float | int | None]] = msgspec.field(default_factory=list)
    temporality: str = "unspecified"
    monotonic: bool = False
    app_version: str | None = None
    attrs: Attributes = msgspec.field(default_factory=dict)
    id: str = ""
    received_at: int = 0
    environment: str | None = None
    host: str | None = None


Record = LogRecord | Span | MetricPoint


class Rejected(msgspec.Struct, gc=False, kw_only=True):
    """A record that could not be used: ``reason`` is one of the names below, ``error`` names the field and what is
    wrong with it, ``payload`` is the record as JSON text (not yet redacted), ``index`` its place in the message,
    ``service`` who sent it, as far as that could be read."""

    index: int
    reason: str
    error: str
    payload: str = ""
    service: str = ""


REJECT_REASONS = {
    "malformed": "the message is neither OTLP protobuf, OTLP JSON nor a JSON log",
    "invalid_field": "a field is missing or has the wrong type or form",
    "too_large": "the record is larger than one record may be",
    "too_deep": "values are nested deeper than allowed",
    "not_indexed": "Elasticsearch refused it; it is kept in the database, but not found by search",
    "internal": "our own code failed on this record; it is kept to be tried again",
}
