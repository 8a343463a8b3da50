"""What has become more frequent: small tables, and what must hold whatever the numbers are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.contrast import MOST, PER_FIELD, RATIO, SUPPORT, Counted, changes, surprise


def found(now: tuple[int, dict[str, int]], before: tuple[int, dict[str, int]], unseen: int = 0) -> list[str]:
    return [one.value for one in changes({"f": Counted(*now)}, {"f": Counted(*before, unseen=unseen)})]


@pytest.mark.parametrize(
    ("now", "before", "values"),
    [
        ((100, {"new": 40, "old": 60}), (1000, {"old": 1000}), ["new"]),
        ((100, {"same": 50}), (1000, {"same": 500}), []),
        ((10_000, {"more of all": 5000}), (100, {"more of all": 50}), []),
        ((100, {"seldom": SUPPORT - 1}), (100_000, {}), []),
        ((100, {"enough": SUPPORT}), (100_000, {}), ["enough"]),
        ((100_000, {"slight": 51_000}), (100_000, {"slight": 50_000}), []),
        ((100, {"fewer": 1}), (100, {"fewer": 90}), []),
        ((20, {"by chance": 8}), (200, {"by chance": 40}), []),
        ((100, {"all": 100, "half": 50}), (1000, {"half": 10}), ["all", "half"]),
        ((50, {"no before": 50}), (0, {}), []),
        ((0, {}), (100, {"gone": 100}), []),
    ],
)
def test_what_has_become_more_frequent(now, before, values):
    assert found(now, before) == values


def test_a_value_below_the_end_of_a_list_may_have_been_as_frequent_as_the_last_on_it():
    assert found((100, {"rare": 10}), (10_000, {"a": 5000})) == ["rare"]
    assert found((100, {"rare": 10}), (10_000, {"a": 5000}), unseen=900) == []


def test_the_log_likelihood_of_a_known_table():
    """2 (600 ln 600/550 + 500 ln 500/550 + 400 ln 400/450 + 500 ln 500/450)"""
    assert surprise(600, 1000, 500, 1000) == pytest.approx(20.24, abs=0.01)


@st.composite
def tables(draw):
    of_now, of_before = draw(st.integers(1, 10**6)), draw(st.integers(1, 10**6))
    return draw(st.integers(0, of_now)), of_now, draw(st.integers(0, of_before)), of_before


@given(tables(), st.integers(2, 50))
def test_surprise_grows_with_the_numbers_and_is_nothing_where_shares_are_equal(table, times):
    now, of_now, before, of_before = table
    score = surprise(*table)
    assert score >= 0
    assert surprise(before, of_before, now, of_now) == pytest.approx(score, rel=1e-6, abs=1e-5)
    assert surprise(of_now - now, of_now, of_before - before, of_before) == pytest.approx(score, rel=1e-6, abs=1e-5)
    assert surprise(*(number * times for number in table)) == pytest.approx(score * times, rel=1e-6, abs=1e-3)
    assert surprise(now, of_now, now * times, of_now * times) == pytest.approx(0, abs=1e-4)


counts = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 500), max_size=8)
fields = st.dictionaries(st.sampled_from("uvwxyz"), counts, max_size=6)


@given(fields, fields)
def test_whatever_is_found_has_support_and_has_grown_and_there_are_never_too_many(now, before):
    made = changes(*({name: Counted(500, values) for name, values in each.items()} for each in (now, before)))
    assert len(made) <= MOST
    assert [one.score for one in made] == sorted((one.score for one in made), reverse=True)
    for one in made:
        assert one.now >= SUPPORT
        assert one.share_now >= RATIO * one.share_before
        assert sum(other.field == one.field for other in made) <= PER_FIELD
    turned = changes(
        *(
            {name: Counted(500, dict(reversed(values.items()))) for name, values in each.items()}
            for each in (now, before)
        )
    )
    assert turned == made
