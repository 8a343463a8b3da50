"""Removes what is older than it is kept, in small steps: whole days of records on Postgres, first rows on SQLite."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from search import partitions, words

ROWS = 500  # in one transaction, so that a writer never waits long
PAUSE_SECONDS = 0.02  # between two of them, in which others get their turn

# Rows lie in the order of their arrival, so nothing is searched for; one behind a younger one goes when that does.
FIRST_ROWS = "SELECT rowid, {1} FROM (SELECT rowid, * FROM {0} ORDER BY rowid LIMIT {2}) WHERE received_at < %s"
OLD_ROWS = "DELETE FROM {0}_default WHERE ctid IN (SELECT ctid FROM {0}_default WHERE received_at < %s LIMIT {1})"


def remove_before(table: str, cutoff: datetime) -> Iterator[str]:
    """Removes what arrived before ``cutoff``; says what it was. On Postgres a day goes when all of it is old."""
    for partition in partitions.drop_before(table, cutoff.astimezone(UTC).date()):
        yield f"partition {partition}"
    if count := in_steps(lambda: old_rows(table, cutoff)):
        yield f"{count:,} rows of {table}"


def old_rows(table: str, cutoff: datetime) -> int:
    before = connection.ops.adapt_datetimefield_value(cutoff)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return first_rows(cursor, table, before)
        cursor.execute(OLD_ROWS.format(table, ROWS), [before])
        return int(cursor.rowcount)


def first_rows(cursor: Any, table: str, before: Any) -> int:
    indexed = "message" if table == "raw_logs" else "NULL"
    cursor.execute(FIRST_ROWS.format(table, indexed, ROWS), [before])
    rows = cursor.fetchall()
    if table == "raw_logs":
        words.forget(cursor, rows)
    cursor.executemany(f"DELETE FROM {table} WHERE rowid = %s", [row[:1] for row in rows])  # noqa: S608 - our own name
    return len(rows)


def remove(what: str, rows: QuerySet[Any]) -> Iterator[str]:
    """Removes these rows and what hangs off them; says how many there were."""

    def step() -> int:
        keys = list(rows.values_list("pk", flat=True)[:ROWS])
        rows.filter(pk__in=keys).delete()
        return len(keys)

    if count := in_steps(step):
        yield f"{count:,} {what}"


def in_steps(step: Callable[[], int]) -> int:
    """Repeat a step that removes up to ROWS rows until it removes fewer; gives how many it was in all."""
    total = 0
    while (count := step()) == ROWS:
        total += count
        time.sleep(PAUSE_SECONDS)
    return total + count
