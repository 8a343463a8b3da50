"""sequence: one thing after another, or not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.rules import RuleSpec, check, query_of, sequence
from alerts.rules.frame import SECOND
from tests.alerts.playing import T0, log, run, terms, turns

CONFIG = {"first": "level:error", "then": "level:warn", "within": 10, "resolve_after": 12}


def logs(*pairs):
    """(second, a) is a first one, (second, b) one that follows."""
    records = []
    for number, (second, name) in enumerate(pairs):
        records.append(log(second, number))
        records[-1].level = {"a": "error", "b": "warn"}[name]
    return records


@pytest.mark.parametrize(
    ("records", "absent", "expected"),
    [
        pytest.param(logs((0, "a"), (5, "b")), False, ["opened", "resolved"], id="followed in time"),
        pytest.param(logs((0, "a"), (15, "b")), False, [], id="followed too late"),
        pytest.param(logs((0, "b"), (5, "a")), False, [], id="the other way round"),
        pytest.param(logs((0, "a"), (5, "b")), True, [], id="followed, so nothing is absent"),
        pytest.param(logs((0, "a")), True, ["opened", "resolved"], id="never followed"),
        pytest.param(logs((0, "a"), (15, "b")), True, ["opened", "resolved"], id="absent until too late"),
        pytest.param(logs((0, "b"), (0.5, "a")), True, ["opened", "resolved"], id="what came before doesn't follow"),
    ],
)
def test_sequence(records, absent, expected):
    assert turns(run(terms(sequence, **CONFIG, absent=absent), [records])[0]) == expected


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 60), st.sampled_from("ab")), min_size=1, max_size=12), st.booleans())
def test_it_fires_iff_a_naive_look_at_all_pairs_says_so(pairs, absent):
    at = {name: [T0 + int(second * SECOND) for second, its in pairs if its == name] for name in "ab"}
    followed = [any(a < b <= a + 10 * SECOND for b in at["b"]) for a in at["a"]]
    expected = not all(followed) if absent else any(followed)
    told, _, _ = run(terms(sequence, **CONFIG, absent=absent), [sorted(logs(*pairs), key=lambda r: r.timestamp)])
    assert ("opened" in turns(told)) == expected


def test_only_records_that_meet_one_of_the_two_are_looked_at():
    spec = RuleSpec(slug="r", type="sequence", query="service:shop", config=CONFIG)
    assert query_of(spec) == "(service:shop) AND ((level:error) OR (level:warn))"
    assert check(spec) == {}
    assert (
        "$.then" in check(RuleSpec(slug="r", type="sequence", query="*", config=CONFIG | {"then": "no:no"}))["config"]
    )
