"""Daily partitions of the record tables on Postgres: made ahead, dropped whole when they are old.

A day is one of ``received_at`` in UTC, so that a record with a strange time of its own lies with those it came with.
What no partition takes lies in the default one, and moves when its day is made: no insert fails for want of a
partition. Elsewhere than on Postgres there is nothing to do.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

log = logging.getLogger(__name__)

TABLES = ("raw_logs", "spans", "metric_points")
AHEAD = 3  # days beyond today that are made
LOCK_SECONDS = 1  # the longest that others wait behind us; then it is done another time
ADVISORY = 7_304_120  # the number under which our processes take turns
ONE_DAY = timedelta(days=1)

made_on: date | None = None  # when this process last saw to it


def partitioned() -> bool:
    return connection.vendor == "postgresql"


def see_to_it(now: datetime) -> None:
    """Make what is missing, once a day; costs nothing otherwise. For the worker, inside its transaction."""
    global made_on
    today = now.astimezone(UTC).date()
    if made_on == today or not partitioned():
        return
    made_on = today
    make_ahead(today)


def make_ahead(today: date) -> list[str]:
    """Partitions from today on, if nobody is in the way; gives the names of those made."""
    if not partitioned():
        return []
    made: list[str] = []
    with unless_busy("making partitions"), short_lock() as cursor:
        there = {table: set(existing(cursor, table).values()) for table in TABLES}
        missing = [(table, day) for table in TABLES for day in sorted(wanted(today) - there[table])]
        for table, day in missing:
            make(cursor, table, day)
        made += [name(table, day) for table, day in missing]
    return made


def wanted(today: date) -> set[date]:
    return {today + ONE_DAY * number for number in range(AHEAD + 1)}


def drop_before(table: str, first: date) -> list[str]:
    """Drop the partitions of days before ``first``, if nobody is in the way; gives the names of those dropped."""
    if not partitioned():
        return []
    with connection.cursor() as cursor:
        old = [each for each, day in sorted(existing(cursor, table).items()) if day < first]
    dropped = []
    for each in old:
        with unless_busy(f"dropping {each}"), short_lock() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {each}")
            dropped.append(each)
    return dropped


@contextmanager
def unless_busy(doing: str) -> Iterator[None]:
    """Leaves it for another time where somebody holds the table; the default partition takes rows meanwhile."""
    try:
        yield
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        log.warning("%s: another time, as somebody is using the table", doing)


@contextmanager
def short_lock() -> Iterator[Any]:
    """A transaction, one at a time, that gives up instead of keeping others waiting."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY])
        yield cursor
        cursor.execute("SET LOCAL lock_timeout = 0")  # the rest of a larger transaction waits as it likes


def make(cursor: Any, table: str, day: date) -> None:
    """Attached rather than made in place: that way nobody who reads or writes the other days has to wait."""
    new, default = name(table, day), f"{table}_default"
    start, end = f"{day} 00:00:00+00", f"{day + ONE_DAY} 00:00:00+00"
    cursor.execute(f"CREATE TABLE {new} (LIKE {table} INCLUDING ALL)")
    cursor.execute(f"LOCK TABLE {default} IN SHARE ROW EXCLUSIVE MODE")
    cursor.execute(
        f"WITH moved AS (DELETE FROM {default} WHERE received_at >= %s AND received_at < %s RETURNING *)"  # noqa: S608
        f" INSERT INTO {new} SELECT * FROM moved",
        [start, end],
    )
    cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {new} FOR VALUES FROM ('{start}') TO ('{end}')")


def name(table: str, day: date) -> str:
    return f"{table}_{day:%Y%m%d}"


def existing(cursor: Any, table: str) -> dict[str, date]:
    """The names of the table's daily partitions, and their days."""
    cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table])
    found = (re.fullmatch(rf"{table}_(\d{{8}})", row[0]) for row in cursor.fetchall())
    return {match[0]: datetime.strptime(match[1], "%Y%m%d").replace(tzinfo=UTC).date() for match in found if match}
