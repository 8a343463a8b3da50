"""spike: more or less than what is usual."""

import pytest

from alerts.rules import RuleSpec, check, spike
from tests.alerts.playing import log, run, terms, turns

DAY = 86400


def steady(since, until, every=1.0):
    return [since + every * n for n in range(int((until - since) / every))]


@pytest.mark.parametrize(
    ("moments", "config", "expected"),
    [
        pytest.param(steady(0, 100), {}, [], id="what is as before doesn't fire"),
        pytest.param(steady(0, 60) + steady(60, 70, 0.25), {}, ["opened", "resolved"], id="four times as many"),
        pytest.param(steady(0, 60) + steady(60, 70, 0.5), {}, [], id="twice as many are fewer than three times"),
        pytest.param(steady(0, 10, 0.1), {}, [], id="without a time before nothing is unusual"),
        pytest.param(steady(0, 60, 5) + steady(60, 62, 0.25), {"minimum": 20}, [], id="too few to matter"),
        pytest.param(steady(0, 60, 0.5), {"direction": "down"}, ["opened", "resolved"], id="all of it stops"),
        pytest.param(steady(0, 60), {"direction": "down", "minimum": 20}, [], id="what was little may stop"),
    ],
)
def test_against_the_windows_before(moments, config, expected):
    rule = terms(spike, **{"window": 10, "periods": 2, "minimum": 5} | config)
    assert turns(run(rule, [[log(moment, n) for n, moment in enumerate(moments)]])[0]) == expected


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        pytest.param(60, [], id="the daily rush is usual"),
        pytest.param(240, ["opened", "resolved"], id="four times the daily rush isn't"),
    ],
)
def test_against_the_same_time_of_earlier_days(today, expected):
    rush = [(day * DAY + 7200 + n * 3600 / size) for day, size in ((0, 60), (1, 60), (2, today)) for n in range(size)]
    rule = terms(spike, window=3600, compare="days", periods=2, minimum=10)
    assert turns(run(rule, [[log(moment, n) for n, moment in enumerate([0.0, *rush])]])[0]) == expected


def test_a_short_window_against_many_days_would_keep_too_much():
    config = {"window": 60, "compare": "days", "periods": 30}
    assert "window must be at least" in check(RuleSpec(slug="r", type="spike", query="*", config=config))["config"]
