"""The stored records of one trace, by the index that the database has for them."""

from typing import TypeVar

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from search.models import RawLog, StoredSpan

Traced = TypeVar("Traced", RawLog, StoredSpan)


def of_trace(model: type[Traced], trace_id: str) -> QuerySet[Traced]:
    """``trace_id``: 32 hex digits; anything else is in no trace."""
    found = model.objects.filter(trace_id=trace_id)
    if not trace_id.isalnum():
        return found.none()
    if connection.vendor == "sqlite":
        table = model._meta.db_table
        rows = f"SELECT rowid FROM {table}_traces WHERE {table}_traces MATCH %s"  # noqa: S608 - the model's own name
        sql = f"SELECT id FROM {table} WHERE rowid IN ({rows})"  # noqa: S608
        found = found.filter(pk__in=RawSQL(sql, [f'"{trace_id}"']))  # noqa: S611 - names are the model's own
    return found
