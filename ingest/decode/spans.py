"""The walk over an OTLP traces request."""

from typing import Any

from ingest.decode.otlp import Origin, Walk, pick, time_of
from ingest.validate import Invalid
from telemetry.records import SPAN_KINDS, SPAN_STATUSES, Span


def spans(request: Any, walk: Walk) -> None:
    for resource_spans in request.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            walk.each(scope_spans.spans, resource_spans.resource, scope_spans.scope, span)


def span(item: Any, source: Origin, walk: Walk) -> Span:
    reader = walk.reader
    trace_id, span_id = reader.hex(item.trace_id, 16), reader.hex(item.span_id, 8)
    if trace_id is None or span_id is None:
        name, size = ("traceId", 16) if trace_id is None else ("spanId", 8)
        raise Invalid(f"{name}: expected {size} bytes, not all zero")
    start = time_of(item.start_time_unix_nano, walk.received_at)
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
