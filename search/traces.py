"""The stored records of traces, by the index that the database has for them.

Postgres has a B-tree. SQLite has an FTS5 table beside each table, to which new rows are added here."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.expressions import RawSQL

from search.models import RawLog, StoredSpan

TRACED: tuple[type[Model], ...] = (RawLog, StoredSpan)
Traced = TypeVar("Traced", RawLog, StoredSpan)


def of_trace(model: type[Traced], trace_id: str) -> QuerySet[Traced]:
    """``trace_id``: 32 hex digits; anything else is in no trace."""
    return of_traces(model, [trace_id])


def of_traces(model: type[Traced], trace_ids: Sequence[str]) -> QuerySet[Traced]:
    known = [trace_id for trace_id in trace_ids if trace_id.isalnum()]
    found = model.objects.filter(trace_id__in=known)
    if known and connection.vendor == "sqlite":
        table = model._meta.db_table
        rows = f"SELECT rowid FROM {table}_traces WHERE {table}_traces MATCH %s"  # noqa: S608 - the model's own name
        sql = f"SELECT id FROM {table} WHERE rowid IN ({rows})"  # noqa: S608
        anyone = " OR ".join(f'"{trace_id}"' for trace_id in known)
        found = found.filter(pk__in=RawSQL(sql, [anyone]))  # noqa: S611 - names are the model's own
    return found


@contextmanager
def indexed(model: type[Model], cursor: Any) -> Iterator[None]:
    """Around the writing of rows: what is written is found by its trace. SQLite numbers new rows above all others."""
    if connection.vendor != "sqlite" or model not in TRACED:
        yield
        return
    table = model._meta.db_table
    cursor.execute(f"SELECT COALESCE(MAX(rowid), 0) FROM {table}")  # noqa: S608 - the model's own name
    (last,) = cursor.fetchone()
    yield
    fresh = f"SELECT rowid, trace_id FROM {table} WHERE rowid > %s AND trace_id IS NOT NULL"  # noqa: S608
    cursor.execute(f"INSERT INTO {table}_traces (rowid, trace_id) {fresh}", [last])
