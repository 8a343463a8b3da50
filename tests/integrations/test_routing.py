"""Hours, routes and times: tables of tiny cases, and grouping against a naive Alertmanager."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from integrations.routes.hours import HoursError, parse_hours, within
from integrations.routes.timing import LONGEST_BACKOFF, Times, backoff, due, repeat_at
from integrations.routes.where import RouteSpec, group_of, taken, tried

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day", "clock", "inside"),
    [
        ("", 0, "03:00", True),
        ("mon-fri 09:00-17:00", 0, "09:00", True),
        ("mon-fri 09:00-17:00", 0, "17:00", False),
        ("mon-fri 09:00-17:00", 5, "10:00", False),
        ("sat, sun", 6, "23:59", True),
        ("fri 22:00-06:00", 5, "05:59", True),
        ("fri 22:00-06:00", 4, "05:59", False),
        ("sat-mon 08:00-09:00", 0, "08:30", True),
        ("sat-mon 08:00-09:00", 2, "08:30", False),
        ("22:00-24:00\n00:00-06:00", 3, "23:00", True),
        ("sun 22:00-06:00", 0, "05:00", True),
    ],
)
def test_hours_are_read_as_they_are_written(text, day, clock, inside):
    hour, minute = map(int, clock.split(":"))
    assert within(parse_hours(text), "UTC", MONDAY + timedelta(days=day, hours=hour, minutes=minute)) is inside


def test_hours_go_by_the_clock_on_the_wall_also_when_the_clocks_change():
    nine = parse_hours("sun 09:00-10:00")
    assert within(nine, "Europe/Berlin", datetime(2026, 3, 22, 8, 30, tzinfo=UTC))
    assert within(nine, "Europe/Berlin", datetime(2026, 3, 29, 7, 30, tzinfo=UTC))
    assert not within(nine, "Europe/Berlin", datetime(2026, 3, 29, 8, 30, tzinfo=UTC))


@pytest.mark.parametrize("text", ["someday", "mon 9-17", "mon 25:00-26:00", "mon 10:00-10:70", "mon-"])
def test_what_cannot_be_read_is_refused(text):
    with pytest.raises(HoursError):
        parse_hours(text)


def spec(slug, **more):
    return RouteSpec(id=hash(slug), slug=slug, name=slug, **more)


ROUTES = (
    spec("rest", fallback=True),
    spec("audit", query="rule:*", goes_on=True),
    spec("shop", services=("shop",), severities=("error",)),
    spec("night", hours=parse_hours("22:00-06:00")),
    spec("also-shop", services=("shop",)),
)


@pytest.mark.parametrize(
    ("event", "hour", "names"),
    [
        ({"service": "shop", "severity": "error", "rule": "r"}, 12, ["audit", "shop"]),
        ({"service": "shop", "severity": "warn", "rule": "r"}, 12, ["audit", "also-shop"]),
        ({"service": "shop", "severity": "warn", "rule": "r"}, 23, ["audit", "night"]),
        ({"service": "cart", "severity": "warn"}, 12, ["rest"]),
        ({"service": "cart", "severity": "warn", "rule": "r"}, 12, ["audit"]),
    ],
)
def test_the_first_route_that_is_met_takes_it_and_the_fallback_what_is_left(event, hour, names):
    now = MONDAY + timedelta(hours=hour)
    assert [route.slug for route in taken(ROUTES, event, now)] == names
    found = tried(ROUTES, event, now)
    assert len(found) == len(ROUTES)
    for one in found:
        assert one.taken == (one.reached and not one.failed)


def test_a_group_is_the_values_that_alerts_share():
    route = spec("r", group_by=("service", "group.host", "rule"))
    event = {"service": "shop", "group": {"host": "a"}, "rule": None}
    assert group_of(route, event) == {"service": "shop", "group.host": "a", "rule": ""}


SECONDS = st.integers(0, 40)


def naive(times, arrivals, end):
    """Second by second: what waits is told when the first wait is over, and then no sooner than an interval after the
    last time; with nothing new it is told again after the repeat."""
    told, waiting, last = [], 0, None
    for second in range(end):
        waiting += arrivals.count(second)
        ready = second >= arrivals[0] + times.wait if last is None else second >= last + times.interval
        again = last is not None and times.repeat and second >= last + max(times.repeat, times.interval, 1)
        if (waiting and ready) or again:
            told.append((second, waiting))
            waiting, last = 0, second
    return told


@given(st.lists(SECONDS, min_size=1, max_size=8).map(sorted), SECONDS, SECONDS, SECONDS)
@effort(deadline=None, max_examples=300)
def test_groups_are_told_when_a_naive_clock_would_tell_them(arrivals, wait, interval, repeat):
    times, end = Times(wait, interval, repeat), 200
    begun = MONDAY + timedelta(seconds=arrivals[0])
    told, waiting, last, due_at = [], 0, None, None
    for second in range(end):
        now = MONDAY + timedelta(seconds=second)
        for _ in range(arrivals.count(second)):
            waiting += 1
            at = due(times, now, begun, last)
            due_at = at if due_at is None else min(at, due_at)
        if due_at is not None and due_at <= now:
            told.append((second, waiting))
            waiting, last, due_at = 0, now, repeat_at(times, now)
    assert told == naive(times, arrivals, end)


@given(st.integers(1, 500), st.floats(0, 1), st.none() | st.floats(0, 10_000))
def test_the_wait_grows_is_never_less_than_asked_for_and_has_an_end(tries, chance, asked):
    wait = backoff(tries, asked, chance).total_seconds()
    assert wait >= (asked or 0) - 1e-5
    assert 0.5 <= wait <= max(LONGEST_BACKOFF, asked or 0) + 1e-5
    assert backoff(tries + 1, asked, chance) >= backoff(tries, asked, chance)
