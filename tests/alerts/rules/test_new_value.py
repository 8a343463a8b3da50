"""new_value: never seen before."""

import pytest

from alerts.rules import new_value
from tests.alerts.playing import log, run, terms, turns


def users(*pairs):
    records = []
    for number, (second, user) in enumerate(pairs):
        records.append(log(second, number))
        records[-1].user_id = user
    return records


@pytest.mark.parametrize(
    ("records", "expected", "detail"),
    [
        pytest.param(users((0, "a"), (50, "a"), (200, "a")), [], "", id="known for ever"),
        pytest.param(users((0, "a"), (5, "b"), (9, "c")), [], "", id="learnt"),
        pytest.param(users((0, "a"), (50, "b")), ["opened", "resolved"], "user_id: b", id="new"),
        pytest.param(users((0, "a"), (50, "b"), (500, "b")), ["opened", "resolved"], "user_id: b", id="new only once"),
        pytest.param(users((0, "a"), (50, None)), [], "", id="none is no value"),
    ],
)
def test_new_value(records, expected, detail):
    told, _, _ = run(terms(new_value, field="user_id", learning=10, resolve_after=12), [records])
    assert turns(told) == expected
    assert [e.summary.evidence.detail for e in told if e.kind == "resolved"] == ([detail] if detail else [])


def test_a_field_that_always_has_new_values_is_not_judged_any_more(monkeypatch):
    monkeypatch.setattr("alerts.rules.remembered.MEMORY_LIMIT", 3)
    records = users(*((40 * number, f"user-{number}") for number in range(6)))
    told, _, _ = run(terms(new_value, field="user_id", learning=0, resolve_after=12), [records])
    assert turns(told).count("resolved") == 3
