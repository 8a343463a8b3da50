"""Records kept: writes a batch in bulk, inside the caller's transaction."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Model

from search import traces
from search.models import RawLog, StoredMetricPoint, StoredSpan
from telemetry.records import LogRecord, MetricPoint, Span

encode = msgspec.json.Encoder().encode


def save(logs: Sequence[LogRecord], spans: Sequence[Span], points: Sequence[MetricPoint]) -> None:
    insert(RawLog, map(log_row, logs))
    insert(StoredSpan, map(span_row, spans))
    insert(StoredMetricPoint, map(point_row, points))


def insert(model: type[Model], rows: Iterable[tuple[Any, ...]]) -> None:
    if rows := list(rows):
        with connection.cursor() as cursor, traces.indexed(model, cursor):
            cursor.executemany(statement(model), rows)


@lru_cache
def statement(model: type[Model]) -> str:
    """An INSERT of all the model's columns in their order."""
    columns = [connection.ops.quote_name(field.column or field.name) for field in model._meta.concrete_fields]
    marks = ", ".join(["%s"] * len(columns))
    table = connection.ops.quote_name(model._meta.db_table)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names come from the model


@lru_cache(maxsize=4096)
def second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def moment(nanoseconds: int) -> datetime:
    """Nanoseconds since the epoch as a datetime, exact to the microsecond."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)


def when(nanoseconds: int) -> str:
    """As Django writes a time to SQLite; Postgres reads the same text as UTC."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{second(seconds)}.{rest // 1000:06d}"


def text(value: Any) -> str:
    return encode(value).decode()


def shared(record: LogRecord | Span | MetricPoint) -> tuple[Any, ...]:
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


def log_row(log: LogRecord) -> tuple[Any, ...]:
    return (
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


def span_row(span: Span) -> tuple[Any, ...]:
    return (
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


def point_row(point: MetricPoint) -> tuple[Any, ...]:
    return (
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
