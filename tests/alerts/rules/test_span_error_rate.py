"""span_error_rate: the share of spans that failed."""

import pytest

from alerts.rules import span_error_rate
from tests.alerts.playing import run, span, terms, turns


@pytest.mark.parametrize(
    ("failed", "expected"),
    [pytest.param(2, ["opened", "resolved"], id="10 % are over 5 %"), pytest.param(1, [], id="5 % are not")],
)
def test_span_error_rate(failed, expected):
    spans = [span(0.1 * number, number) for number in range(20)]
    for number, made in enumerate(spans):
        made.status = "error" if number < failed else "ok"
    told, _, _ = run(terms(span_error_rate, window=10, over=5), [spans])
    assert turns(told) == expected
    assert [len(e.summary.evidence.samples) for e in told if e.kind == "resolved"] == ([failed] if expected else [])
