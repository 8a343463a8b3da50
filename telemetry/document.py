"""A stored record as a JSON document, flat: what readers of stacklens-enriched get. None is left out.

Times are RFC 3339 in UTC with microseconds, durations nanoseconds. The structs are the schema; they are filled by
place, as names cost as much again as the encoding.
"""

from functools import lru_cache

import msgspec

from telemetry.records import Attributes, Issue, LogRecord, Span
from telemetry.times import rfc3339

encode = msgspec.json.Encoder().encode


class IssueDocument(msgspec.Struct, omit_defaults=True, gc=False):
    title: str
    suggested_fix: str
    automation_action: str | None = None


class LogDocument(msgspec.Struct, omit_defaults=True, gc=False):
    id: str
    signal: str
    timestamp: str
    received_at: str
    service: str
    level: str
    message: str
    pattern: str
    attrs: Attributes
    trace_id: str | None = None
    span_id: str | None = None
    request_id: str | None = None
    error_code: str | None = None
    user_id: str | None = None
    product_id: str | None = None
    action: str | None = None
    status: str | None = None
    app_version: str | None = None
    environment: str | None = None
    host: str | None = None
    issue: IssueDocument | None = None


class SpanDocument(msgspec.Struct, omit_defaults=True, gc=False):
    id: str
    signal: str
    timestamp: str
    received_at: str
    duration_ns: int
    service: str
    name: str
    trace_id: str
    span_id: str
    kind: str
    status: str
    status_message: str
    attrs: Attributes
    events: list[Attributes]
    links: list[Attributes]
    parent_span_id: str | None = None
    app_version: str | None = None
    environment: str | None = None
    host: str | None = None


@lru_cache(maxsize=4096)
def issue_document(issue: Issue) -> IssueDocument:
    return IssueDocument(issue.title, issue.suggested_fix, issue.automation_action)


def log_document(log: LogRecord) -> bytes:
    return encode(
        LogDocument(
            log.id,
            "logs",
            rfc3339(log.timestamp),
            rfc3339(log.received_at),
            log.service,
            log.level,
            log.message,
            log.pattern,
            log.attrs,
            log.trace_id,
            log.span_id,
            log.request_id,
            log.error_code,
            log.user_id,
            log.product_id,
            log.action,
            log.status,
            log.app_version,
            log.environment,
            log.host,
            issue_document(log.issue) if log.issue else None,
        )
    )


def span_document(span: Span) -> bytes:
    return encode(
        SpanDocument(
            span.id,
            "spans",
            rfc3339(span.timestamp),
            rfc3339(span.received_at),
            span.duration_ns,
            span.service,
            span.name,
            span.trace_id,
            span.span_id,
            span.kind,
            span.status,
            span.status_message,
            span.attrs,
            [timed(event) for event in span.events],
            span.links,
            span.parent_span_id,
            span.app_version,
            span.environment,
            span.host,
        )
    )


def timed(event: Attributes) -> Attributes:
    """Its time as text too; one that can't be a date is left out."""
    moment = event.get("timestamp")
    return event | {"timestamp": rfc3339(moment)} if isinstance(moment, int) else event
