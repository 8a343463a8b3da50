"""Inhibition: which alerts mute which, and that somebody always speaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.mutes.inhibition import InhibitionSpec, inhibited
from query import matcher
from tests.alerts.mutes.events import event


def rule(source, target, *equal, name="i"):
    return InhibitionSpec(name, source, target, equal or ("service",))


DOWN = rule("rule:down", "severity:warn")


@pytest.mark.parametrize(
    ("rules", "events", "muted"),
    [
        ([DOWN], [event(1, rule="down"), event(2, severity="warn")], {"a2": ("i", "a1")}),
        ([DOWN], [event(1, rule="down"), event(2, severity="warn", service="bank")], {}),
        ([DOWN], [event(1, rule="down"), event(2)], {}),
        ([DOWN], [event(2, severity="warn")], {}),
        # what is absent is equal to nothing
        ([DOWN], [event(1, rule="down", service=""), event(2, severity="warn", service="")], {}),
        # of itself and of each other
        ([rule("*", "*")], [event(1)], {}),
        ([rule("*", "*")], [event(1, opened=9), event(2, opened=3), event(3, opened=5)],
         {"a1": ("i", "a2"), "a3": ("i", "a2")}),
        # each other by two rules
        ([rule("rule:x", "rule:y", name="one"), rule("rule:y", "rule:x", name="two")],
         [event(1, rule="x"), event(2, rule="y")], {"a2": ("one", "a1")}),
        # what is muted mutes too
        ([rule("rule:y", "rule:z", name="one"), rule("rule:x", "rule:y", name="two")],
         [event(1, rule="x"), event(2, rule="y"), event(3, rule="z")], {"a3": ("one", "a2"), "a2": ("two", "a1")}),
        ([rule("rule:x", "rule:y", "group.host")],
         [event(1, rule="x", group={"host": "h1"}), event(2, rule="y", group={"host": "h1"}),
          event(3, rule="y", group={"host": "h2"})], {"a2": ("i", "a1")}),
    ],
)  # fmt: skip
def test_a_source_mutes_the_targets_that_share_its_fields(rules, events, muted):
    assert inhibited(rules, events) == muted


letters = st.sampled_from("abcd")
alerts = st.lists(st.tuples(letters, st.sampled_from(["s1", "s2", ""]), st.integers(0, 5)), max_size=8)
rules = st.lists(st.tuples(letters, letters, st.booleans()), max_size=5)


def edges(specs, events):
    """Which alert could mute which, by looking at every pair."""
    found = set()
    for spec in specs:
        for source in events:
            for target in events:
                same = "service" not in spec.equal or (source["service"] and source["service"] == target["service"])
                meets = matcher(spec.source, "alerts")(source) and matcher(spec.target, "alerts")(target)
                if source is not target and same and meets:
                    found.add((source["id"], target["id"]))
    return found


def reaches(pairs, start, goal):
    near = {target for source, target in pairs if source == start}
    seen: set[str] = set()
    while near - seen:
        seen |= near
        near |= {target for source, target in pairs if source in near}
    return goal in near


@given(alerts, rules)
def test_whoever_is_muted_could_be_and_who_could_be_is_unless_in_a_ring(drawn, kinds):
    events = [event(n, opened=at, rule=name, service=service) for n, (name, service, at) in enumerate(drawn)]
    specs = [
        InhibitionSpec(f"i{n}", f"rule:{source}", f"rule:{target}", ("service",) if near else ("status",))
        for n, (source, target, near) in enumerate(kinds)
    ]
    pairs = edges(specs, events)
    muted = inhibited(specs, events)
    for alert, (_, source) in muted.items():
        assert (source, alert) in pairs
    for source, alert in pairs:
        if alert not in muted:
            assert reaches(pairs, alert, source)  # only a ring is a reason


@given(alerts, rules)
def test_from_every_muted_alert_the_way_leads_to_one_that_speaks(drawn, kinds):
    events = [event(n, opened=at, rule=name, service=service) for n, (name, service, at) in enumerate(drawn)]
    specs = [rule(f"rule:{source}", f"rule:{target}") for source, target, _ in kinds]
    muted = inhibited(specs, events)
    for alert in muted:
        for _ in events:
            alert = muted[alert][1] if alert in muted else alert
        assert alert not in muted


def test_the_order_in_which_alerts_come_changes_nothing():
    events = [event(n, opened=n % 3, rule="ab"[n % 2]) for n in range(9)]
    specs = [rule("rule:a", "rule:b"), rule("*", "rule:a", name="other")]
    assert inhibited(specs, events) == inhibited(specs, events[::-1])
