"""latency: a percentile of durations."""

import pytest

from alerts.rules import RuleSpec, check, latency
from tests.alerts.playing import run, span, terms, turns


def spans(*milliseconds):
    made = [span(0.1 * number, number) for number in range(len(milliseconds))]
    for one, duration in zip(made, milliseconds, strict=True):
        one.duration_ns = duration * 1_000_000
    return made


@pytest.mark.parametrize(
    ("milliseconds", "config", "expected"),
    [
        pytest.param([10] * 18 + [900] * 2, {"over": 500}, ["opened", "resolved"], id="one in ten is slow"),
        pytest.param([10] * 18 + [900] * 2, {"over": 500, "percentile": 90}, [], id="the ninth of ten isn't"),
        pytest.param([900] * 5, {"over": 500}, [], id="too few to say"),
    ],
)
def test_latency(milliseconds, config, expected):
    told, _, _ = run(terms(latency, window=10, **config), [spans(*milliseconds)])
    assert turns(told) == expected


def test_it_judges_spans_only():
    assert "judges spans" in check(RuleSpec(slug="r", type="latency", query="*", config={"over": 1}))["type"]
