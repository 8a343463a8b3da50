"""Deliveries in the database: planned by routes, told in order, again after failures, never lost and never doubled."""

from datetime import timedelta

import pytest

from alerts.models import Counter
from integrations.delivery import circuits
from integrations.delivery.claims import LEASE, claim
from integrations.delivery.plan import plan
from integrations.delivery.telling import MOST_TRIES, notice_of, settle, tell
from integrations.destinations.kind import Passing, Permanent
from integrations.models import Attempt, Circuit, Delivery, Member, StreamPosition, Thread
from tests.alerts.mutes.events import NOON, opened
from tests.integrations.told import act, destination, pager, route, step, steps

__all__ = ["pager"]
pytestmark = pytest.mark.django_db


def at(seconds: float):
    return NOON + timedelta(seconds=seconds)


def states():
    return list(Delivery.objects.order_by("id").values_list("state", flat=True))


def named(outcome):
    return outcome and outcome.name


def test_an_alert_is_told_from_opened_to_resolved_and_then_forgotten(pager):
    place = destination()
    route(place)
    alert = opened(at(0))
    assert steps(place, at(0)) == 1
    act(alert, "repeated", at(1), count=2)
    assert steps(place, at(1)) == 0
    act(alert, "resolved", at(2), status="resolved", resolved_at=at(2))
    assert steps(place, at(2)) == 1
    assert pager.heard() == [["opened"], ["repeated", "resolved"]]
    first, last = pager.told
    assert (first.thread, first.reference, last.reference) == (last.thread, None, {"number": 1})
    assert last.alerts[0].alert["status"] == "resolved"
    assert states() == ["told", "told"]
    assert not Member.objects.exists()
    assert Thread.objects.get().ended_at == at(2)
    act(alert, "reopened", at(3), status="open", resolved_at=None)
    steps(place, at(3))
    assert pager.told[-1].thread != first.thread


def test_what_happened_before_a_destination_was_made_is_not_told_to_it(pager):
    opened(at(0))
    place = destination()
    route(place)
    assert steps(place, at(1)) == 0


def test_a_passing_failure_is_tried_again_later_with_the_same_key_and_each_attempt_is_kept_without_secrets(pager):
    place = destination()
    route(place)
    opened(at(0))
    pager.failures = [Passing("no open sesame today", retry_after=7)]
    assert named(step(place, at(0))) == "passing"
    tried = Delivery.objects.get().notice
    assert step(place, at(6.9)) is None
    assert named(step(place, at(7))) == "told"
    assert [notice.key for notice in pager.told] == [tried]
    assert list(Attempt.objects.values_list("outcome", "words")) == [
        ("passing", "no [redacted] today"),
        ("told", "taken with [redacted]"),
    ]


def test_a_refusal_and_too_many_failures_are_given_up_and_what_comes_next_tells_what_was_missed(pager):
    place = destination()
    route(place)
    alert = opened(at(0))
    pager.failures = [Permanent("unknown field")]
    step(place, at(0))
    assert states() == ["given_up"]
    act(alert, "escalated", at(1), severity="error")
    Thread.objects.update(tries=MOST_TRIES - 1)
    pager.failures = [Passing("busy")]
    step(place, at(1))
    assert states() == ["given_up", "given_up"]
    act(alert, "resolved", at(2), status="resolved", resolved_at=at(2))
    step(place, at(2))
    assert pager.heard() == [["opened", "escalated", "resolved"]]


def test_a_claim_is_one_notifiers_until_its_lease_ends_and_then_the_next_tells_the_same(pager):
    place = destination()
    route(place)
    opened(at(0))
    plan(at(0))
    first = claim(place, at(0))
    assert claim(place, at(1)) is None
    later = at(0) + LEASE
    second = claim(place, later)
    assert first
    assert second
    assert second.notice == first.notice
    told = tell(second, notice_of(second), later)
    assert not settle(first, told, later)
    assert settle(second, told, later)
    assert states() == ["told"]


def test_a_circuit_opens_after_failures_in_a_row_and_one_probe_closes_it(pager):
    place = destination()
    route(place)
    for number in range(circuits.OPENS_AT + 3):
        opened(at(number))
    pager.failures = [Passing("busy")] * circuits.OPENS_AT
    for _ in range(circuits.OPENS_AT):
        assert named(step(place, at(20))) == "passing"
    assert step(place, at(20)) is None
    circuit = Circuit.objects.get()
    assert circuit.failures == circuits.OPENS_AT
    assert circuit.probe_at
    probed = claim(place, circuit.probe_at)
    assert probed
    assert claim(place, circuit.probe_at) is None
    settle(probed, tell(probed, notice_of(probed), circuit.probe_at), circuit.probe_at)
    assert not Circuit.objects.filter(probe_at__isnull=False).exists()
    assert steps(place, circuit.probe_at) == circuits.OPENS_AT + 2
    assert set(states()) == {"told"}


def test_a_group_waits_for_others_then_for_its_interval_and_is_told_again_while_nobody_acknowledges(pager):
    place = destination()
    route(place, group_by=["service"], group_wait=10, group_interval=60, repeat_interval=600)
    first = opened(at(0))
    assert steps(place, at(0)) == 0
    second = opened(at(5))
    assert steps(place, at(9)) == 0
    assert steps(place, at(10)) == 1
    opened(at(11), service="cart")
    third = opened(at(12))
    assert steps(place, at(12)) == 0
    assert steps(place, at(22)) == 1
    assert steps(place, at(69)) == 0
    assert steps(place, at(70)) == 1
    sizes = [(notice.group["service"], len(notice.alerts)) for notice in pager.told]
    assert sizes == [("shop", 2), ("cart", 1), ("shop", 1)]
    act(first, "acknowledged", at(80), status="acknowledged")
    assert steps(place, at(669)) == 1
    assert steps(place, at(670)) == 1
    again = pager.told[-1]
    assert {told.alert["id"] for told in again.alerts} == {str(second.pk), str(third.pk)}
    for alert in (second, third):
        act(alert, "acknowledged", at(700), status="acknowledged")
    assert steps(place, at(1270)) == 1
    assert pager.told[-1].group == {"service": "cart"}


def test_what_is_muted_is_not_told_but_the_end_of_the_mute_is(pager):
    place = destination()
    route(place, group_wait=10)
    alert = opened(at(0))
    plan(at(0))
    act(alert, "muted", at(1), muted_by="silence:x")
    assert steps(place, at(10)) == 0
    assert states() == ["muted"]
    act(alert, "unmuted", at(20), muted_by="")
    assert steps(place, at(30)) == 1
    assert pager.heard() == [["opened", "unmuted"]]


def test_no_transition_is_told_before_an_earlier_one_of_its_alert_though_they_are_in_different_threads(pager):
    place = destination()
    route(place, group_by=["severity"])
    alert = opened(at(0))
    steps(place, at(0))
    act(alert, "resolved", at(1), status="resolved", resolved_at=at(1))
    pager.failures = [Passing("busy", retry_after=100)]
    step(place, at(1))
    Member.objects.all().delete()  # as if it had ended there
    act(alert, "reopened", at(2), status="open", severity="warn", resolved_at=None)
    assert steps(place, at(50)) == 0
    assert steps(place, at(103)) == 1
    assert steps(place, at(104)) == 1
    assert pager.heard() == [["opened"], ["resolved"], ["reopened"]]


def test_a_destination_that_two_routes_lead_to_is_told_once_and_a_fallback_has_what_no_other_took(pager):
    one, other = destination("one"), destination("other")
    route(one, slug="first", query="service:shop", goes_on=True)
    route(one, slug="second", severities=["error"])
    route(other, slug="rest", fallback=True)
    opened(at(0))
    opened(at(0), service="cart", severity="info")
    assert (steps(one, at(0)), steps(other, at(0))) == (1, 1)
    assert [notice.alerts[0].alert["service"] for notice in pager.told] == ["shop", "cart"]


def test_planning_again_from_an_older_position_writes_nothing_twice(pager):
    place = destination()
    route(place)
    opened(at(0))
    steps(place, at(0))
    StreamPosition.objects.update(seq=0)
    assert plan(at(1)) == Counter.current("transitions")
    assert steps(place, at(1)) == 0
