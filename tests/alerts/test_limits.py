"""The limit on new alerts of a rule in a minute."""

import itertools
from collections import Counter
from datetime import timedelta

import msgspec
import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from alerts import lifecycle
from alerts.analyse import Analyser
from alerts.lifecycle.limits import MINUTE, Opening, held_back
from alerts.models import Alert, NewAlerts, Rule, RuleWindow
from tests.alerts.engine import RESOLVE_AFTER, Engine, kinds

LIMIT = 3


def opening(second: int, number: int, slug: str = "any") -> Opening:
    return Opening(second * 10**9, f"{number:03d}", 1, slug, LIMIT)


def go(openings, cuts):
    """Batch by batch, each with what the earlier ones let through."""
    opened: Counter[str] = Counter()
    held = []
    edges = sorted({0, len(openings), *(cut % (len(openings) + 1) for cut in cuts)})
    for low, high in itertools.pairwise(edges):
        part = held_back(openings[low:high], opened)
        opened.update(one.key for one in openings[low:high])
        opened.subtract(one.key for one in part)
        held += part
    return held


seconds = st.lists(st.integers(0, 200), max_size=30)


@given(seconds, st.lists(st.integers(0, 40)))
def test_however_it_is_batched_the_same_are_held_back(times, cuts):
    openings = [opening(second, number) for number, second in enumerate(sorted(times))]
    assert go(openings, cuts) == go(openings, [])


@given(seconds, st.lists(st.integers(0, 40)))
def test_each_minute_has_as_many_as_it_may(times, cuts):
    openings = [opening(second, number) for number, second in enumerate(times)]  # in any order
    held = go(openings, cuts)
    through = Counter(one.end // MINUTE for one in openings if one not in held)
    asked = Counter(one.end // MINUTE for one in openings)
    assert through == Counter({minute: min(count, LIMIT) for minute, count in asked.items()})


def test_each_rule_has_a_limit_of_its_own():
    openings = [opening(1, number, slug) for number in range(4) for slug in ("a", "b")]
    assert [(one.slug, one.fingerprint) for one in held_back(openings, {})] == [("a", "003"), ("b", "003")]


@pytest.fixture
def engine(db):
    made = Engine()
    made.clock += MINUTE - made.clock % MINUTE  # all that a test does at once is in one minute
    spec = msgspec.structs.replace(Rule.objects.get().spec(), new_per_minute=LIMIT)
    made.analyser = Analyser([spec])
    return made


def ours():
    return Alert.objects.get(rule_slug=lifecycle.ALERTS_LIMITED)


def test_one_alert_says_how_many_were_held_back(engine):
    for number in range(10):
        engine.log(f"s{number}")
    assert Alert.objects.filter(rule_slug="any").count() == LIMIT
    assert ours().count == 7
    assert ours().message == "any may open 3 alerts a minute; 7 more groups fired and were held back"
    assert kinds(ours()) == ["opened", "repeated", "repeated"]
    assert NewAlerts.objects.get().held == 7


def test_a_group_that_was_held_back_counts_on_and_has_its_chance_when_it_fires_again(engine):
    for number in range(4):
        engine.log(f"s{number}")
    engine.log("s3", times=5)
    assert not Alert.objects.filter(service="s3").exists()
    assert RuleWindow.objects.count() == 4
    engine.wait(RESOLVE_AFTER * 2 + 60)
    engine.log("s3")
    assert kinds(engine.alert("s3")) == ["opened"]
    assert engine.alert("s3").count == 1


def test_what_reopens_is_not_new(engine):
    for number in range(LIMIT):
        engine.log(f"s{number}")
    engine.wait(RESOLVE_AFTER * 2)
    engine.log("s0")
    assert kinds(engine.alert("s0")) == ["opened", "resolved", "reopened"]
    assert not Alert.objects.filter(rule_slug=lifecycle.ALERTS_LIMITED).exists()


def test_in_the_next_minute_there_is_room_again(engine):
    for number in range(4):
        engine.log(f"s{number}")
    engine.clock += MINUTE
    engine.log("s4")
    assert kinds(engine.alert("s4")) == ["opened"]
    assert ours().count == 1


def test_our_alert_resolves_when_nothing_is_held_back_any_more(engine):
    for number in range(5):
        engine.log(f"s{number}")
    now = timezone.now()
    assert lifecycle.resolve_lapsed(now) == []
    lifecycle.publish(lifecycle.resolve_lapsed(now + timedelta(minutes=11)))
    assert kinds(ours()) == ["opened", "repeated", "resolved"]
    assert lifecycle.resolve_lapsed(now + timedelta(minutes=12)) == []


def test_no_limit_is_no_limit(engine):
    engine.analyser = Analyser([msgspec.structs.replace(Rule.objects.get().spec(), new_per_minute=0)])
    for number in range(10):
        engine.log(f"s{number}")
    assert Alert.objects.count() == 10
