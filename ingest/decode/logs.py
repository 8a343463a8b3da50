"""The walk over an OTLP logs request."""

from typing import Any

import msgspec

from ingest.decode.otlp import Origin, Walk, time_of, whole
from ingest.redact import redact_value
from ingest.validate import FORMS, LEVEL_NAMES, MESSAGE_LIMIT, Invalid
from telemetry.records import LogRecord

# https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber: ranges of four, TRACE to FATAL
LEVELS = dict(enumerate(["debug"] * 8 + ["info"] * 4 + ["warn"] * 4 + ["error"] * 8, 1))
CONTRACT_FIELDS = frozenset(FORMS)


def logs(request: Any, walk: Walk) -> None:
    for resource_logs in request.resource_logs:
        for scope_logs in resource_logs.scope_logs:
            walk.each(scope_logs.log_records, resource_logs.resource, scope_logs.scope, log)


def log(item: Any, source: Origin, walk: Walk) -> LogRecord:
    reader = walk.reader
    attrs = reader.attributes(item.attributes)
    body = reader.value(item.body)
    if not isinstance(body, str):
        # redacted while it still has keys to go by
        body = "" if body is None else msgspec.json.encode(redact_value(body)).decode()
    if len(body) > MESSAGE_LIMIT:
        raise Invalid(f"body: longer than {MESSAGE_LIMIT} characters", "too_large")
    record = LogRecord(
        timestamp=time_of(item.time_unix_nano, 0) or time_of(item.observed_time_unix_nano, walk.received_at),
        service=source.service,
        level=LEVELS.get(item.severity_number) or level(item),
        message=body,
        trace_id=reader.hex(item.trace_id, 16),
        span_id=reader.hex(item.span_id, 8),
        app_version=source.app_version,
        attrs=attrs,
        environment=source.environment,
        host=source.host,
    )
    for name in CONTRACT_FIELDS.intersection(attrs):
        value = attrs[name]
        value = str(value) if type(value) is int else value
        if isinstance(value, str) and FORMS[name](value):
            setattr(record, name, value)
            del attrs[name]
    if source.shared:
        attrs.update(source.shared)
    if item.event_name:
        attrs["event.name"] = item.event_name
    return record


def level(item: Any) -> str:
    """Of a number written as text, or without one that means something."""
    return LEVELS.get(whole(item.severity_number)) or LEVEL_NAMES.get(item.severity_text.lower(), "info")
