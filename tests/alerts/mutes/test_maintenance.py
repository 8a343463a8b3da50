"""Maintenance windows: when they are in force."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.mutes.maintenance import MaintenanceSpec, upcoming, wrong_recurrence

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo")


def window(first="2026-01-04 22:00", minutes=480, zone="Europe/Berlin", recurrence="FREQ=WEEKLY;BYDAY=SU"):
    return MaintenanceSpec("m", "*", datetime.fromisoformat(first), minutes, zone, recurrence)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("spec", "inside", "outside"),
    [
        # winter, +01:00
        (window(), ("2026-01-04 21:00", "2026-01-05 04:59:59"), ("2026-01-04 20:59:59", "2026-01-05 05:00")),
        # summer, +02:00
        (window(), ("2026-07-05 20:00", "2026-07-06 03:59:59"), ("2026-07-05 19:59:59", "2026-07-06 04:00")),
        # the night in which the clocks go forward: 22:00 to 06:00 is 7 h
        (
            window(recurrence="FREQ=DAILY"),
            ("2026-03-28 21:00", "2026-03-29 03:59:59"),
            ("2026-03-28 20:59:59", "2026-03-29 04:00"),
        ),
        # the night in which they go back: 9 h
        (
            window(recurrence="FREQ=DAILY"),
            ("2026-10-24 20:00", "2026-10-25 04:59:59"),
            ("2026-10-24 19:59:59", "2026-10-25 05:00"),
        ),
        # begins at 02:30, which there isn't: at 03:30 instead
        (
            window("2026-03-28 02:30", 90, recurrence="FREQ=DAILY"),
            ("2026-03-29 01:30", "2026-03-29 01:59:59"),
            ("2026-03-29 01:29:59", "2026-03-29 02:00"),
        ),
        # begins at the first 02:30 of two, ends at the second 02:45
        (
            window("2026-10-24 02:30", 15, recurrence="FREQ=DAILY"),
            ("2026-10-25 00:30", "2026-10-25 01:44:59"),
            ("2026-10-25 00:29:59", "2026-10-25 01:45"),
        ),
        # once
        (window(recurrence="", zone="UTC"), ("2026-01-04 22:00", "2026-01-05 05:59"), ("2026-01-11 23:00",)),
        # longer than a day
        (
            window("2026-01-03 00:00", 2880, "UTC", "FREQ=WEEKLY;BYDAY=SA"),
            ("2026-01-10 00:00", "2026-01-11 23:59"),
            ("2026-01-09 23:59", "2026-01-12 00:00"),
        ),
        # the last Friday of a month, until a day
        (
            window("2026-01-01 12:00", 60, "UTC", "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20260401T000000"),
            ("2026-01-30 12:00", "2026-03-27 12:30"),
            ("2026-01-23 12:30", "2026-04-24 12:30"),
        ),
        (window("2026-01-01 12:00", 60, "UTC", "FREQ=DAILY;COUNT=2"), ("2026-01-02 12:00",), ("2026-01-03 12:00",)),
    ],
)
def test_it_is_in_force_by_the_clock_on_the_wall(spec, inside, outside):
    assert [spec.in_force(utc(text)) for text in inside] == [True] * len(inside)
    assert [spec.in_force(utc(text)) for text in outside] == [False] * len(outside)


def naive(spec: MaintenanceSpec, now: datetime, weekdays: set[int]) -> bool:
    """Day by day: whether one that began on it goes on at ``now``."""
    zone = ZoneInfo(spec.zone)
    today = now.astimezone(zone).date()
    for back in range(-2, spec.minutes // 1440 + 3):
        day = today - timedelta(days=back)
        if day < spec.first.date() or day.weekday() not in weekdays:
            continue
        wall = datetime.combine(day, spec.first.time())
        until = wall + timedelta(minutes=spec.minutes)
        begin = wall.replace(tzinfo=zone).timestamp()
        end = max(until.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
        if begin <= now.timestamp() < end:
            return True
    return False


@settings(deadline=None, max_examples=300)
@given(
    zone=st.sampled_from(ZONES),
    minute=st.integers(0, 1439),
    minutes=st.integers(1, 3000),
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    day=st.sampled_from([date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 25), date(2026, 6, 1)]),
    offset=st.integers(-3 * 86400, 3 * 86400),
)
def test_it_is_in_force_when_a_naive_look_at_the_calendar_says_so(zone, minute, minutes, weekdays, day, offset):
    first = datetime(2026, 1, 1) + timedelta(minutes=minute)
    names = ",".join(("MO", "TU", "WE", "TH", "FR", "SA", "SU")[number] for number in sorted(weekdays))
    spec = MaintenanceSpec("m", "*", first, minutes, zone, f"FREQ=WEEKLY;BYDAY={names}")
    now = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=offset)
    assert spec.in_force(now) == naive(spec, now, weekdays)


@pytest.mark.parametrize(
    ("recurrence", "wrong"),
    [
        ("FREQ=WEEKLY;BYDAY=SU", ""),
        ("", ""),
        ("FREQ=HOURLY", "FREQ must be one of"),
        ("BYDAY=SU", "FREQ must be one of"),
        ("FREQ=DAILY;BYHOUR=3", "'BYHOUR' can't be used here"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL must be a number above 0"),
        ("FREQ=DAILY;BYMONTHDAY=3", "BYMONTHDAY goes with MONTHLY or YEARLY"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never happens"),
        ("FREQ=WEEKLY;BYDAY=XX", "not a recurrence"),
        ("FREQ=DAILY;UNTIL=20260401T000000Z", "not a recurrence"),
        ("every sunday", "can't be used here"),
    ],
)
def test_a_recurrence_that_cannot_be_used_is_refused_with_the_reason(recurrence, wrong):
    found = wrong_recurrence(window(recurrence=recurrence))
    assert wrong in found
    assert bool(found) == bool(wrong)


def test_what_comes_next_begins_with_what_goes_on():
    found = upcoming(window(), utc("2026-01-05 01:00"), 2)
    assert found == [
        (utc("2026-01-04 21:00"), utc("2026-01-05 05:00")),
        (utc("2026-01-11 21:00"), utc("2026-01-12 05:00")),
    ]
