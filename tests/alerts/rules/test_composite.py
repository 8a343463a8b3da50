"""composite: other rules fire together, whatever the batches and partitions were."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts import windows
from alerts.analyse import Analyser
from alerts.models import RuleWindow
from alerts.rules import RuleSpec, check
from alerts.rules.frame import SECOND
from tests.alerts.playing import T0, cut, log, turns

TWICE = {"threshold": 2, "window": 10}
SHOP = RuleSpec(slug="errors", type="frequency", query="level:error", config=TWICE, group_by=("service",), lateness=5)
SLOW = RuleSpec(slug="warnings", type="frequency", query="level:warn", config=TWICE, group_by=("service",), lateness=5)
BOTH = RuleSpec(
    slug="both",
    type="composite",
    signal="alerts",
    config={"rules": ["errors", "warnings"], "window": 10},
    group_by=("service",),
    reopen_within=0,
)


def logs(text):
    """One letter a second: e, w, or anything else for nothing."""
    records = []
    for second, letter in enumerate(text):
        if letter in "ew":
            records.append(log(second, second))
            records[-1].level = {"e": "error", "w": "warn"}[letter]
    return records


def play(batches, *specs):
    """The composite rule's events, through the kept windows."""
    RuleWindow.objects.all().delete()
    analyser, told, high = Analyser([*specs, BOTH]), [], 0
    for records in [*batches, None]:
        observed, late = analyser.observe("logs", records or [], [0] * len(records or []))
        assert not late
        high = high + 1000 * SECOND if records is None else max([high, *(record.timestamp for record in records)])
        outcomes = windows.judge(analyser, observed, {"logs.event": high})
        told += [event for outcome in outcomes if outcome.rule.spec.slug == "both" for event in outcome.events]
    return told


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("ee", [], id="one alone isn't enough"),
        pytest.param("eeww", ["opened", "resolved"], id="both"),
        pytest.param("ee" + "." * 15 + "ww", ["opened", "resolved"], id="the second while the first still counts"),
        pytest.param("ee" + "." * 40 + "ww", [], id="the second long after the first"),
        pytest.param("eeww" + "." * 60 + "eeww", ["opened", "resolved"] * 2, id="twice"),
    ],
)
def test_composite(text, expected):
    assert turns(play([logs(text)], SHOP, SLOW)) == expected


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text("ew.", min_size=1, max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_any_cut_into_batches_tells_the_same(text, places):
    records = logs(text)
    whole = [(event.kind, event.episode, event.at) for event in play([records], SHOP, SLOW)]
    assert [(event.kind, event.episode, event.at) for event in play(cut(records, places), SHOP, SLOW)] == whole


@pytest.mark.django_db
def test_a_rule_that_a_person_resolves_counts_no_longer():
    """Resolved by hand while it fires: another rule that joins later finds nothing to join."""
    analyser = Analyser([SHOP, SLOW, BOTH])
    observed, _ = analyser.observe("logs", logs("ee"), [0, 0])
    windows.judge(analyser, observed, {"logs.event": T0 + 8 * SECOND})
    windows.disarm(observed, datetime.fromtimestamp(T0 / SECOND + 9, UTC))
    windows.judge(analyser, {}, {"logs.event": T0 + 50 * SECOND})
    late = logs("." * 60 + "ww")
    observed, _ = analyser.observe("logs", late, [0, 0])
    told = windows.judge(analyser, observed, {"logs.event": T0 + 500 * SECOND})
    assert not [event for outcome in told if outcome.rule.spec.slug == "both" for event in outcome.events]


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({"rules": ["a"]}, "length >= 2"),
        ({"rules": ["a", "a"]}, "twice"),
        ({"rules": ["a", "b"], "at_least": 3}, "more than there are"),
    ],
)
def test_what_is_wrong_is_named(config, error):
    assert error in check(RuleSpec(slug="r", type="composite", signal="alerts", config=config))["config"]
