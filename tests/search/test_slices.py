"""A range is cut into slices of a round length, whatever the range."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from search.slices import slices

moments = st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1), timezones=st.just(UTC))


@given(moments, st.floats(0.001, 10**9), st.integers(1, 500))
def test_slices_cover_the_range_and_are_few(since, seconds, most):
    until = since + timedelta(seconds=seconds)
    made = slices(since, until, most, ["a"]).all
    assert made[0].start <= since
    assert made[-1].end >= until
    assert len(made) <= most + 1
    assert all(one.end == other.start for one, other in itertools.pairwise(made))


def test_an_hour_in_sixty_is_minutes():
    since = datetime(2026, 1, 1, 10, 0, 30, tzinfo=UTC)
    made = slices(since, since + timedelta(hours=1), 60, ["a"]).all
    assert (made[0].start.second, len(made)) == (0, 61)
