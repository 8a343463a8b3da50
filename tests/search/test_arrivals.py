"""What came between two looks is read once and completely, by position, however the numbers are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import store
from search.arrivals import Stretch, arrived, stretches
from telemetry.records import LogRecord

OFFSETS = st.integers(0, 2000)


def log(id, at=0):
    return LogRecord(id=id, timestamp=at, service="a", level="info", message=id, pattern="p")


@given(st.dictionaries(st.sampled_from("ab"), st.tuples(OFFSETS, OFFSETS)))
def test_stretches_cover_what_was_passed_once_in_numbers_of_one_length(moved):
    before, now = ({place: pair[at] for place, pair in moved.items()} for at in (0, 1))
    found = list(stretches(before, now))
    assert all(len(str(one.first)) == len(str(one.last)) for one in found)
    covered = [(one.place, number) for one in found for number in range(one.first, one.last + 1)]
    assert sorted(covered) == [(place, n) for place in sorted(moved) for n in range(before[place], now[place])]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "now"), [(0, 9), (8, 12), (99, 100), (98, 1234), (1000, 1100), (170, 180), (1700, 1799)]
)
def test_of_all_positions_exactly_those_between_are_read(before, now):
    offsets = [*range(0, 1300, 7), *range(8, 20), *range(95, 105), *range(170, 180), *range(1690, 1810)]
    ids = [
        f"otel-logs-{place}-{offset}-{index}"
        for offset in set(offsets)
        for place in ("0", "0.1", "1")
        for index in range(2)
    ]
    store.save([log(id) for id in ids], [], [])
    found, passed = arrived({"otel-logs-0": before, "otel-logs-1": 5}, {"otel-logs-0": now, "otel-logs-1": 5})
    wanted = {id for id in ids if id.startswith("otel-logs-0-") and before <= int(id.split("-")[3]) < now}
    assert {record.id for record in found} == wanted
    assert passed == 0


@pytest.mark.django_db
def test_of_too_many_only_the_number_is_known():
    store.save([log(f"otel-logs-0-{offset}-0", at=offset * 1000) for offset in range(1200)], [], [])
    found, passed = arrived({"otel-logs-0": 5}, {"otel-logs-0": 1200}, most=300)
    assert [record.timestamp for record in found] == [offset * 1000 for offset in range(900, 1200)]
    assert passed == 895


def test_nothing_came():
    assert list(stretches({"a": 5}, {"a": 5})) == []
    assert list(stretches({}, {"a": 1})) == [Stretch("a", 0, 0)]
