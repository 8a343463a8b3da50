"""A stored record as a JSON document, flat: what readers of stacklens-enriched get. None is left out.

Times are RFC 3339 in UTC with microseconds, durations nanoseconds. The structs are the schema.
"""

from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from telemetry.records import Attributes, Issue, LogRecord, Span

encode = msgspec.json.Encoder().encode


class IssueDocument(msgspec.Struct, omit_defaults=True, gc=False):
    title: str
    suggested_fix: str
    automation_action: str | None = None


class LogDocument(msgspec.Struct, omit_defaults=True, gc=False, kw_only=True):
    id: str
    signal: str
    timestamp: str
    received_at: str
    service: str
    level: str
    message: str
    pattern: str
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
    attrs: Attributes
    issue: IssueDocument | None = None


class SpanDocument(msgspec.Struct, omit_defaults=True, gc=False, kw_only=True):
    id: str
    signal: str
    timestamp: str
    received_at: str
    duration_ns: int
    service: str
    name: str
    trace_id: str
    span_id: str
    parent_span_id: str | None = None
    kind: str
    status: str
    status_message: str
    app_version: str | None = None
    environment: str | None = None
    host: str | None = None
    attrs: Attributes
    events: list[Attributes]
    links: list[Attributes]


@lru_cache(maxsize=4096)
def second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def rfc3339(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{second(seconds)}.{rest // 1000:06d}Z"


@lru_cache(maxsize=4096)
def issue_document(issue: Issue) -> IssueDocument:
    return IssueDocument(issue.title, issue.suggested_fix, issue.automation_action)


def log_document(log: LogRecord) -> bytes:
    return encode(
        LogDocument(
            id=log.id,
            signal="logs",
            timestamp=rfc3339(log.timestamp),
            received_at=rfc3339(log.received_at),
            service=log.service,
            level=log.level,
            message=log.message,
            pattern=log.pattern,
            trace_id=log.trace_id,
            span_id=log.span_id,
            request_id=log.request_id,
            error_code=log.error_code,
            user_id=log.user_id,
            product_id=log.product_id,
            action=log.action,
            status=log.status,
            app_version=log.app_version,
            environment=log.environment,
            host=log.host,
            attrs=log.attrs,
            issue=issue_document(log.issue) if log.issue else None,
        )
    )


def span_document(span: Span) -> bytes:
    return encode(
        SpanDocument(
            id=span.id,
            signal="spans",
            timestamp=rfc3339(span.timestamp),
            received_at=rfc3339(span.received_at),
            duration_ns=span.duration_ns,
            service=span.service,
            name=span.name,
            trace_id=span.trace_id,
            span_id=span.span_id,
            parent_span_id=span.parent_span_id,
            kind=span.kind,
            status=span.status,
            status_message=span.status_message,
            app_version=span.app_version,
            environment=span.environment,
            host=span.host,
            attrs=span.attrs,
            events=[timed(event) for event in span.events],
            links=span.links,
        )
    )


def timed(event: Attributes) -> Attributes:
    """Its time as text too; one that can't be a date is left out."""
    moment = event.get("timestamp")
    return event | {"timestamp": rfc3339(moment)} if isinstance(moment, int) else event
