"""change: another value than the last time."""

import pytest

from alerts.rules import change
from tests.alerts.playing import log, run, terms, turns


def versions(*pairs):
    records = []
    for number, (second, version) in enumerate(pairs):
        records.append(log(second, number))
        records[-1].app_version = version
    return records


@pytest.mark.parametrize(
    ("records", "expected", "detail"),
    [
        pytest.param(versions((0, "1"), (50, "1")), [], "", id="the same"),
        pytest.param(versions((0, "1"), (50, "2")), ["opened", "resolved"], "app_version: 1 -> 2", id="another"),
        pytest.param(versions((0, "1"), (500, "2")), ["opened", "resolved"], "app_version: 1 -> 2", id="long after"),
        pytest.param(versions((0, "1"), (3, None), (6, "1")), [], "", id="having none is no change"),
        pytest.param(versions((6, "1"), (0, "1"), (3, "2")), ["opened", "resolved"], "app_version: 1 -> 2", id="late"),
    ],
)
def test_change(records, expected, detail):
    told, _, _ = run(terms(change, field="app_version", resolve_after=12), [records])
    assert turns(told) == expected
    assert [e.summary.evidence.detail for e in told if e.kind == "resolved"] == ([detail] if detail else [])
