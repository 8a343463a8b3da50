"""Records kept: writes a batch in bulk, inside the caller's transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Model

from search import partitions, traces, words
from search.models import RawLog, StoredMetricPoint, StoredSpan
from telemetry.records import LogRecord, MetricPoint, Span
from telemetry.storable import NUL, storable
from telemetry.times import rfc3339

Row = tuple[Any, ...]
MESSAGE = [field.name for field in RawLog._meta.concrete_fields].index("message")

encode = msgspec.json.Encoder().encode


def save(logs: Sequence[LogRecord], spans: Sequence[Span], points: Sequence[MetricPoint]) -> None:
    partitions.see_to_it(datetime.now(UTC))
    insert(RawLog, [log_row(log) for log in logs])
    insert(StoredSpan, [span_row(span) for span in spans])
    insert(StoredMetricPoint, [point_row(point) for point in points])


def insert(model: type[Model], rows: Sequence[Row]) -> None:
    """Rows hold all the model's columns in their order."""
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            copy(cursor, model, rows)
        else:
            marks = ", ".join(["%s"] * len(rows[0]))
            with traces.indexed(model, cursor):
                cursor.executemany(f"INSERT INTO {target(model)} VALUES ({marks})", rows)  # noqa: S608 - no value in it
            if model is RawLog:
                words.remember(cursor, [row[MESSAGE] for row in rows])


def copy(cursor: Any, model: type[Model], rows: Sequence[Row]) -> None:
    """A sixth of the cost of INSERT. Text, as it is cheaper to write than binary."""
    with connection.wrap_database_errors, cursor.copy(f"COPY {target(model)} FROM STDIN") as copying:
        for row in rows:
            copying.write_row(row)


@lru_cache
def target(model: type[Model]) -> str:
    """The table and its columns, as SQL names them."""
    names = (field.column for field in model._meta.concrete_fields)
    columns = ", ".join(connection.ops.quote_name(name) for name in names if name)
    return f"{connection.ops.quote_name(model._meta.db_table)} ({columns})"


def moment(nanoseconds: int) -> datetime:
    """Nanoseconds since the epoch as a datetime, exact to the microsecond."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)


def spaced(nanoseconds: int) -> str:
    """As Django writes a time to SQLite."""
    text = rfc3339(nanoseconds)
    return f"{text[:10]} {text[11:-1]}"


when = rfc3339 if connection.vendor == "postgresql" else spaced


def text(value: Any) -> str:
    encoded = encode(value).decode()
    return encode(storable(value)).decode() if "\\u0000" in encoded else encoded


def shared(record: LogRecord | Span | MetricPoint) -> Row:
    return (
        record.id,
        when(record.timestamp),
        when(record.received_at),
        record.service,
        record.environment,
        record.host,
        record.app_version,
        text(record.attrs) if record.attrs else "{}",
    )


def free(record: LogRecord | Span | MetricPoint) -> str:
    """What senders may write as they like, so that one look finds what can't be kept."""
    return f"{record.service}{record.environment}{record.host}{record.app_version}"


def log_row(log: LogRecord) -> Row:
    row = (
        *shared(log),
        log.level,
        log.message,
        log.pattern,
        log.trace_id,
        log.span_id,
        log.request_id,
        log.error_code,
        log.user_id,
        log.product_id,
        log.action,
        log.status,
    )
    own = f"{log.message}{log.error_code}{log.user_id}{log.product_id}{log.action}"
    return storable(row) if NUL in own or NUL in free(log) else row


def span_row(span: Span) -> Row:
    row = (
        *shared(span),
        span.trace_id,
        span.span_id,
        span.parent_span_id,
        span.name,
        span.kind,
        span.duration_ns,
        span.status,
        span.status_message,
        text(span.events),
        text(span.links),
    )
    return storable(row) if NUL in f"{span.name}{span.status_message}{free(span)}" else row


def point_row(point: MetricPoint) -> Row:
    row = (
        *shared(point),
        point.name,
        point.kind,
        point.unit,
        point.value,
        point.count,
        point.total,
        point.minimum,
        point.maximum,
        text(point.buckets),
        point.temporality,
        point.monotonic,
    )
    return storable(row) if NUL in f"{point.name}{point.unit}{free(point)}" else row
