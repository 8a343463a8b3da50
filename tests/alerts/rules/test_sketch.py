"""Percentiles from bins: within 1 %, however the numbers were split and added up."""

from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.sketch import bins, percentile

numbers = st.lists(st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: x if abs(x) > 1e-6 else 0.0), min_size=1)


@given(numbers, numbers, st.integers(1, 100))
def test_percentile_is_within_one_percent_of_the_nearest_rank(some, more, percent):
    ordered = sorted(some + more)
    exact = ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
    found = percentile([bins((n, 1) for n in some), bins((n, 1) for n in more)], percent)
    assert abs(found - exact) <= 0.0101 * abs(exact) + 1e-9


def test_of_nothing_there_is_no_percentile():
    assert percentile([], 50) is None
