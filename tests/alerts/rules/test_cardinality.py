"""cardinality: how many different values."""

import pytest

from alerts.rules import RuleSpec, cardinality, check
from tests.alerts.playing import log, run, terms, turns


def users(*names):
    records = [log(0.1 * number, number) for number in range(len(names))]
    for record, name in zip(records, names, strict=True):
        record.user_id = name
    return records


@pytest.mark.parametrize(
    ("names", "config", "expected"),
    [
        pytest.param("abc", {"over": 2}, ["opened", "resolved"], id="three are over two"),
        pytest.param("ababab", {"over": 2}, [], id="two, however often, are not"),
        pytest.param(["a", "b", None, ""], {"over": 2}, [], id="none is no value"),
        pytest.param("ab", {"below": 3}, ["opened"], id="two are below three, and so is silence"),
    ],
)
def test_cardinality(names, config, expected):
    told, _, _ = run(terms(cardinality, field="user_id", window=10, **config), [users(*names)])
    assert turns(told) == expected


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({"field": "user_id", "over": 1000}, "less than 1000"),
        ({"field": "nobody", "over": 3}, "unknown field 'nobody'"),
        ({"field": "user_id"}, "one of over and below"),
        ({"field": "user_id", "over": 3, "below": 2}, "one of over and below"),
        ({"over": 3}, "field"),
    ],
)
def test_what_is_wrong_is_named(config, error):
    assert error in check(RuleSpec(slug="r", type="cardinality", query="*", config=config))["config"]
