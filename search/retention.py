"""Removes the records that are older than they are kept: whole days on Postgres, the first rows on SQLite."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from django.db import connection

from search import partitions

ROWS = 2000  # in one transaction, so that a writer never waits long
PAUSE_SECONDS = 0.05  # between two of them, in which others get their turn


def remove_before(table: str, cutoff: datetime) -> Iterator[str]:
    """Removes what arrived before ``cutoff`` and says what it was. On Postgres a day goes when all of it is old."""
    if partitions.partitioned():
        yield from partitions.drop_before(table, cutoff.astimezone(UTC).date())
        table += "_default"
    if count := in_steps(lambda: first_rows(table, cutoff)):
        yield f"{count:,} rows of {table}"


def in_steps(step: Callable[[], int]) -> int:
    """Repeat a step that removes up to ROWS rows until it removes fewer; gives how many it was in all."""
    total = 0
    while count := step():
        total += count
        if count < ROWS:
            break
        time.sleep(PAUSE_SECONDS)
    return total


def first_rows(table: str, cutoff: datetime) -> int:
    """Remove those of the first rows that are old. Rows lie in the order of arrival, so nothing is searched for:
    where an old row lies behind a young one, it goes when that one does."""
    row = "rowid" if connection.vendor == "sqlite" else "ctid"
    order = "ORDER BY rowid" if connection.vendor == "sqlite" else ""
    first = f"SELECT {row} AS place, received_at FROM {table} {order} LIMIT {ROWS}"  # noqa: S608 - our own names
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE {row} IN (SELECT place FROM ({first}) AS f WHERE received_at < %s)",  # noqa: S608
            [cutoff],
        )
        return int(cursor.rowcount)
