"""percentage: the share of what meets the query."""

import pytest

from alerts.rules import RuleSpec, check, percentage
from tests.alerts.playing import log, run, terms, turns


def levels(text):
    """e and i: an error, an info."""
    records = [log(0.1 * number, number) for number in range(len(text))]
    for record, letter in zip(records, text, strict=True):
        record.level = {"e": "error", "i": "info"}[letter]
    return records


@pytest.mark.parametrize(
    ("text", "config", "expected", "detail"),
    [
        pytest.param("eeiiiiiiii", {"over": 10}, ["opened", "resolved"], "2 of 10", id="20 % are over 10 %"),
        pytest.param("eiiiiiiiii", {"over": 10}, [], "", id="10 % are not"),
        pytest.param("eee", {"over": 10}, [], "", id="too few to say"),
        pytest.param("eiiiiiiiii", {"below": 20}, ["opened", "resolved"], "1 of 10", id="10 % are below 20 %"),
    ],
)
def test_percentage(text, config, expected, detail):
    told, _, _ = run(terms(percentage, match="level:error", window=10, **config), [levels(text)])
    assert turns(told) == expected
    assert [e.summary.evidence.detail for e in told if e.kind == "resolved"] == ([detail] if detail else [])


def test_the_query_of_the_share_is_checked():
    config = {"match": "nobody:knows", "over": 10}
    found = check(RuleSpec(slug="r", type="percentage", query="*", config=config))["config"]
    assert "nobody" in found
    assert "$.match" in found
