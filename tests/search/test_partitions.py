"""Daily partitions on Postgres: every row lies in its day's, none is refused, none is lost."""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import OperationalError

from search import partitions, store
from search.models import RawLog
from telemetry.records import LogRecord

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only Postgres has partitions"),
]
DAY = 86_400_000_000_000
FAR = datetime(2031, 5, 6, 23, 59, tzinfo=UTC)  # a day that nobody has made


@pytest.fixture(autouse=True)
def _as_before():
    yield
    with connection.cursor() as cursor:
        for table in partitions.TABLES:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608
            for name, day in partitions.existing(cursor, table).items():
                if day.year == FAR.year:
                    cursor.execute(f"DROP TABLE {name}")


@pytest.fixture
def in_the_way():
    """Somebody whose long query reads all partitions of the logs."""

    @contextmanager
    def reader():
        other = connection.copy()
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM raw_logs")
        yield
        other.rollback()
        other.close()

    return reader


def log(number, received, **fields):
    at = int(received.timestamp()) * 1_000_000_000
    given: dict[str, Any] = {
        "id": f"l{number}",
        "timestamp": at,
        "received_at": at,
        "service": "a",
        "level": "info",
        "message": "x",
    }
    return LogRecord(**given | fields)


def places():
    """Which partition each log lies in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, tableoid::regclass::text FROM raw_logs ORDER BY id")
        return dict(cursor.fetchall())


def test_today_and_the_coming_days_are_there_after_migrating():
    with connection.cursor() as cursor:
        for table in partitions.TABLES:
            days = set(partitions.existing(cursor, table).values())
            assert len(days) >= partitions.AHEAD


def test_a_record_lies_in_the_partition_of_its_arrival_whatever_its_own_time():
    now = datetime.now(UTC)
    store.save([log(1, now), log(2, now, timestamp=0), log(3, now, timestamp=int(FAR.timestamp()) * 10**9)], [], [])
    assert set(places().values()) == {partitions.name("raw_logs", now.date())}


def test_what_has_no_partition_lies_in_the_default_one_and_moves_when_its_day_is_made():
    store.save([log(1, FAR), log(2, FAR - timedelta(days=1)), log(3, FAR + timedelta(minutes=1))], [], [])
    assert set(places().values()) == {"raw_logs_default"}
    assert "raw_logs_20310506" in partitions.make_ahead(FAR.date())
    assert places() == {"l1": "raw_logs_20310506", "l2": "raw_logs_default", "l3": "raw_logs_20310507"}
    assert RawLog.objects.count() == 3


def test_making_them_twice_makes_nothing():
    assert len(partitions.make_ahead(FAR.date())) == 3 * (partitions.AHEAD + 1)
    assert partitions.make_ahead(FAR.date()) == []


def test_an_id_is_stored_once():
    now = datetime.now(UTC)
    store.save([log(1, now)], [], [])
    with pytest.raises(Exception, match="already exists"), transaction.atomic():
        store.save([log(1, now)], [], [])
    assert RawLog.objects.count() == 1


def test_the_worker_makes_them_when_a_day_begins_and_once_a_day(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(partitions, "made_on", None)
    with transaction.atomic():
        partitions.see_to_it(FAR)
    with connection.cursor() as cursor:
        assert FAR.date() in partitions.existing(cursor, "spans").values()
    with django_assert_num_queries(0):
        partitions.see_to_it(FAR + timedelta(seconds=30))


def test_the_worker_does_not_wait_for_somebody_who_is_in_the_way(monkeypatch, in_the_way):
    monkeypatch.setattr(partitions, "made_on", None)
    with in_the_way(), transaction.atomic():
        partitions.see_to_it(FAR)
        store.insert(RawLog, store.log_row, [log(1, FAR)])
    assert places() == {"l1": "raw_logs_default"}


def test_a_partition_that_is_being_read_is_dropped_another_time(in_the_way):
    old = FAR.date() - timedelta(days=1)
    with partitions.short_lock() as cursor:
        partitions.make(cursor, "raw_logs", old)
    with in_the_way():
        assert partitions.drop_before("raw_logs", FAR.date()) == []
    assert partitions.drop_before("raw_logs", FAR.date())[-1] == partitions.name("raw_logs", old)


def test_two_workers_make_them_side_by_side():
    errors = []

    def make():
        try:
            partitions.make_ahead(FAR.date())
        except OperationalError as error:  # it may give up, and do it another time
            errors.append(error)
        finally:
            connection.close()

    makers = [threading.Thread(target=make) for _ in range(4)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert len(errors) < 4
    with connection.cursor() as cursor:
        assert FAR.date() in partitions.existing(cursor, "raw_logs").values()


def test_a_search_from_a_time_on_looks_into_no_older_partition():
    partitions.make_ahead(FAR.date())
    plan = RawLog.objects.filter(received_at__gte=FAR + timedelta(days=1)).explain()
    assert "raw_logs_20310507" in plan
    assert "raw_logs_20310506" not in plan


def test_the_migration_keeps_rows_both_ways():
    now = datetime.now(UTC)
    store.save([log(1, now), log(2, now - timedelta(days=40))], [], [])
    try:
        call_command("migrate", "search", "0002", verbosity=0)
        assert RawLog.objects.count() == 2
        with connection.cursor() as cursor:
            assert partitions.existing(cursor, "raw_logs") == {}
    finally:
        call_command("migrate", "search", verbosity=0)
    old = partitions.name("raw_logs", (now - timedelta(days=40)).date())
    assert places() == {"l1": partitions.name("raw_logs", now.date()), "l2": old}
    partitions.drop_before("raw_logs", now.date())
