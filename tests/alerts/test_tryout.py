"""A rule tried on records: what it would have done."""

import time
from typing import Any

import pytest

from alerts.analyse import ActiveRule
from alerts.episodes import State, advance, merge
from alerts.rules import RuleSpec
from alerts.rules.frame import SECOND
from alerts.tryout import bars, given, tryout
from telemetry.records import LogRecord

NOW = 1_800_000_000 * SECOND
MATCH = RuleSpec(slug="r", query="level:error", config={"resolve_after": 60}, group_by=("service",))
FREQUENCY = RuleSpec(
    slug="f", type="frequency", query="level:error", config={"threshold": 3, "window": 10}, group_by=("service",)
)


def log(ago: float, service: str = "cart", level: str = "error", **fields: Any) -> LogRecord:
    at = NOW - int(ago * SECOND)
    return LogRecord(timestamp=at, received_at=at, id=f"{ago}", service=service, level=level, message="x", **fields)


def told(spec: RuleSpec, logs: list[LogRecord]) -> list[tuple[Any, ...]]:
    trial = tryout(spec, logs, NOW - 3600 * SECOND, NOW)
    return [(alert.group["service"], alert.count, alert.resolved_at is not None) for alert in trial.alerts]


def test_each_group_has_its_own_alert():
    assert told(MATCH, [log(9), log(8, "shop"), log(7)]) == [("cart", 2, False), ("shop", 1, False)]


def test_what_clears_and_returns_fires_twice():
    assert told(MATCH, [log(3000), log(2990), log(30)]) == [("cart", 2, True), ("cart", 1, False)]


def test_below_the_threshold_nothing_fires():
    assert told(FREQUENCY, [log(100), log(80), log(60)]) == []


def test_a_burst_fires_and_clears():
    assert told(FREQUENCY, [log(100), log(99), log(98)]) == [("cart", 3, True)]


def test_the_order_of_the_records_does_not_show():
    logs = [log(ago) for ago in (300, 299, 298, 100, 99, 98, 97)]
    assert told(FREQUENCY, logs) == told(FREQUENCY, logs[::-1])


def test_what_does_not_match_is_only_counted():
    trial = tryout(MATCH, [log(9, level="info"), log(8)], NOW - 3600 * SECOND, NOW)
    assert (trial.sampled, trial.matched, [record.id for record in trial.examples]) == (2, 1, ["8"])


@pytest.mark.parametrize("spec", [MATCH, FREQUENCY])
def test_jumping_over_silence_changes_nothing(spec):
    logs = [log(ago) for ago in (3500, 3499, 3498, 2000, 1999.5, 1999, 1998, 700, 30, 29, 28)]
    rule, state = ActiveRule(spec), State()
    merge(state, rule.type.observe(rule.config, logs), rule.terms)
    events, summary = advance(state, rule.terms, NOW)
    naive = [event.summary.count for event in events if event.summary] + ([summary.count] if summary else [])
    assert [count for _, count, _ in told(spec, logs)] == naive


def test_records_that_are_years_apart_cost_no_more_than_others():
    logs = [given({"timestamp": f"{year}-01-01T00:00:00Z", **ROW}, 0) for year in (1971, 2026, 2200)]
    began = time.process_time()
    trial = tryout(FREQUENCY, logs, logs[0].timestamp, logs[-1].timestamp + 1)
    assert trial.matched == 3
    assert time.process_time() - began < 5


ROW = {"service": "cart", "level": "error", "message": "x"}


def test_a_given_log_keeps_what_the_contract_does_not_know_as_attributes():
    record = given({"timestamp": "2026-03-01T12:00:00+01:00", **ROW, "shard": 7, "attrs": {"a": 1}}, 4)
    assert (record.attrs, record.id) == (
        {
            "a": 1,
            "shard": 7,
        },
        "4",
    )
    assert record.timestamp == 1_772_362_800 * SECOND


@pytest.mark.parametrize(
    ("fields", "word"),
    [({"timestamp": "0001-01-01T00:00:00Z"}, "1970"), ({"timestamp": 5}, "timestamp"), ({"service": None}, "service")],
)
def test_a_log_that_cannot_be_used_says_why(fields, word):
    with pytest.raises(ValueError, match=word):
        given({"timestamp": "2026-03-01T12:00:00Z", **ROW} | fields, 0)


def test_bars_count_the_matches_over_time():
    counts = bars([log(3599), log(1), log(2), log(4000)], NOW - 3600 * SECOND, NOW)
    assert (counts[0], counts[-1], sum(counts)) == (1, 2, 3)
