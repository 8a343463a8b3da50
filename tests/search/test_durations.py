"""How long traces took: each in its slice, no slice left out."""

from hypothesis import given
from hypothesis import strategies as st

from search.durations import bars, nearest_rank, slice_of


def test_slices_grow_as_1_2_5_10_and_none_between_is_left_out():
    drawn = bars([(1_500_000, False), (1_999_999, True), (12_000_000, False)])
    assert [(bar.low, bar.high, bar.count, bar.errors) for bar in drawn] == [
        (1_000_000, 2_000_000, 2, 1),
        (2_000_000, 5_000_000, 0, 0),
        (5_000_000, 10_000_000, 0, 0),
        (10_000_000, 20_000_000, 1, 0),
    ]
    assert (drawn[0].height, drawn[0].wrong, drawn[3].height) == (64, 32, 32)
    assert bars([]) == []


@given(st.integers(0, 10**15))
def test_every_duration_lies_in_one_slice_of_the_series(duration):
    low, high = slice_of(duration)
    assert low <= duration < high
    assert str(low).strip("0") in ("", "1", "2", "5")
    assert high == 1 or high in (2 * low, low * 5 // 2)


@given(st.lists(st.integers(0, 100), min_size=1), st.sampled_from([50, 95, 99, 100]))
def test_a_percentile_is_the_least_that_so_many_do_not_exceed(durations, percent):
    found = nearest_rank(durations, percent)
    fitting = [one for one in durations if 100 * sum(other <= one for other in durations) >= percent * len(durations)]
    assert found == min(fitting)
