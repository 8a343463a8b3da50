"""An alert from opened to resolved: what its rule, people and time do to it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts import lifecycle
from alerts.given import keys
from alerts.models import Alert
from tests.alerts.engine import RESOLVE_AFTER, Engine, kinds

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def engine():
    return Engine()


@pytest.fixture
def ada():
    return User.objects.create_user("ada")


def test_acknowledged_it_stays_so_until_it_clears_and_is_then_armed_again(engine):
    engine.log("shop")
    lifecycle.acknowledge(engine.alert("shop").pk, "ada")
    engine.log("shop", 4)
    assert engine.alert("shop").status == "acknowledged"
    engine.wait(RESOLVE_AFTER + 2)
    assert engine.alert("shop").status == "resolved"
    engine.log("shop")
    assert engine.alert("shop").status == "open"
    told = ["opened", "acknowledged", "repeated", "repeated", "resolved", "reopened"]  # at counts of 2 and 5
    assert kinds(engine.alert("shop")) == told


def test_what_comes_back_late_is_a_new_alert_linked_to_the_old(engine):
    engine.log("shop")
    old = engine.alert("shop")
    engine.wait(1000)
    engine.log("shop")
    new = engine.alert("shop")
    assert (new.previous, new.pk != old.pk, new.status) == (old, True, "open")


def test_a_snooze_ends_at_its_time(engine):
    engine.log("shop")
    alert = engine.alert("shop")
    lifecycle.act(alert.pk, lifecycle.snoozing(until=timezone.now() + HOUR), "ada")
    assert lifecycle.wake_due(timezone.now()) == []
    later = timezone.now() + 2 * HOUR
    assert list(lifecycle.sleepers(later)) == [alert]
    lifecycle.publish(lifecycle.wake_due(later))
    alert.refresh_from_db()
    assert (alert.status, alert.snoozed_until) == ("open", None)
    assert kinds(alert) == ["opened", "snoozed", "unsnoozed"]


def test_a_snooze_ends_when_so_many_more_are_counted(engine):
    engine.log("shop", 3)
    alert = engine.alert("shop")
    lifecycle.act(alert.pk, lifecycle.snoozing(more=4), "ada")
    engine.log("shop", 3)
    assert engine.alert("shop").status == "snoozed"
    engine.log("shop")
    assert engine.alert("shop").status == "open"
    assert kinds(alert)[-1] == "unsnoozed"


def test_what_clears_while_it_is_snoozed_is_resolved_and_doesnt_wake(engine):
    engine.log("shop")
    alert = engine.alert("shop")
    lifecycle.act(alert.pk, lifecycle.snoozing(until=timezone.now() + HOUR, more=1), "ada")
    engine.wait(RESOLVE_AFTER + 2)
    assert engine.alert("shop").status == "resolved"
    assert not lifecycle.sleepers(timezone.now() + 2 * HOUR).exists()


def test_of_two_who_take_it_one_is_told(engine, ada):
    bob = User.objects.create_user("bob")
    engine.log("shop")
    alert = engine.alert("shop")
    assert lifecycle.act(alert.pk, lifecycle.assigning(ada, instead_of=None), "ada").assignee == ada
    with pytest.raises(lifecycle.Conflict, match="assigned to ada"):
        lifecycle.act(alert.pk, lifecycle.assigning(bob, instead_of=None), "bob")
    assert lifecycle.act(alert.pk, lifecycle.assigning(bob, instead_of="ada"), "bob").assignee == bob
    assert lifecycle.act(alert.pk, lifecycle.unassigning(), "bob").assignee is None
    with pytest.raises(lifecycle.Conflict, match="nobody"):
        lifecycle.act(alert.pk, lifecycle.unassigning(), "ada")


def test_a_verdict_is_given_at_any_time_and_can_be_changed(engine):
    engine.log("shop")
    alert = engine.alert("shop")
    lifecycle.act(alert.pk, lifecycle.judging("noise"), "ada")
    with pytest.raises(lifecycle.Conflict, match="noise already"):
        lifecycle.act(alert.pk, lifecycle.judging("noise"), "bob")
    lifecycle.resolve(alert.pk, "ada")
    assert lifecycle.act(alert.pk, lifecycle.judging("real"), "bob").verdict == "real"


def test_only_the_newest_of_a_group_can_be_reopened(engine):
    engine.log("shop")
    old = engine.alert("shop")
    engine.wait(1000)
    engine.log("shop")
    with pytest.raises(lifecycle.Conflict, match="newer"):
        lifecycle.reopen(old.pk, "ada")
    lifecycle.resolve(engine.alert("shop").pk, "ada")
    with pytest.raises(lifecycle.Conflict, match="newer"):
        lifecycle.reopen(old.pk, "ada")


def merged(engine):
    engine.log("shop", 3)
    engine.log("cart", 4)
    source, target = engine.alert("shop"), engine.alert("cart")
    lifecycle.merge(source.pk, target.pk, "ada", "the same")
    return source.pk, target.pk


def test_a_merged_alert_is_resolved_and_its_repeats_go_to_the_other(engine):
    source, target = (Alert.objects.get(pk=pk) for pk in merged(engine))
    assert (source.status, source.merged_into, target.count) == ("resolved", target, 7)
    engine.log("shop", 10)
    target.refresh_from_db()
    source.refresh_from_db()
    assert (source.status, target.count, kinds(source)[-1]) == ("resolved", 17, "merged")
    assert target.transitions.filter(kind="repeated", data__merged=str(source.pk)).exists()
    engine.log("cart", 5)
    target.refresh_from_db()
    assert target.count == 22


def test_a_target_is_resolved_when_all_that_were_merged_have_cleared(engine):
    source, target = merged(engine)
    engine.wait(6)
    engine.log("shop")
    engine.wait(8)
    assert Alert.objects.get(pk=target).status == "open"
    engine.wait(RESOLVE_AFTER)
    assert Alert.objects.get(pk=target).status == "resolved"
    assert kinds(Alert.objects.get(pk=target)).count("resolved") == 1
    assert Alert.objects.get(pk=source).cleared_at is not None


def test_what_was_merged_is_an_alert_of_its_own_once_the_other_is_over(engine):
    _, target = merged(engine)
    lifecycle.resolve(target, "ada")
    engine.log("shop")
    shop = engine.alert("shop")
    assert (shop.status, shop.merged_into) == ("open", None)
    assert Alert.objects.get(pk=target).status == "resolved"


def test_what_is_merged_into_a_merged_alert_follows_it(engine):
    source, target = merged(engine)
    engine.log("till")
    last = engine.alert("till")
    lifecycle.merge(target, last.pk, "ada")
    engine.log("shop", 5)
    last.refresh_from_db()
    assert (Alert.objects.get(pk=source).merged_into, last.count) == (last, 1 + 7 + 5)


@pytest.mark.parametrize("which", ["itself", "a resolved one"])
def test_what_cannot_be_merged_is_said(engine, which):
    engine.log("shop")
    engine.log("cart")
    shop, cart = engine.alert("shop"), engine.alert("cart")
    lifecycle.resolve(cart.pk, "ada")
    with pytest.raises(lifecycle.Conflict):
        lifecycle.merge(shop.pk, shop.pk if which == "itself" else cart.pk, "ada")
    assert engine.alert("shop").status == "open"


@pytest.mark.parametrize("action", [lifecycle.acknowledging, lifecycle.resolving], ids=["acknowledge", "resolve"])
def test_many_are_acted_on_with_as_many_statements_as_one(engine, action):
    for number in range(40):
        engine.log(f"s{number:02d}")
    ids = keys(Alert.objects.order_by("service"))
    with CaptureQueriesContext(connection) as one:
        assert lifecycle.act_on_all(ids[:1], action(), "ada") == 1
    with CaptureQueriesContext(connection) as many:
        assert lifecycle.act_on_all(ids, action(), "ada") == 39
    assert len(many) == len(one)
    newest = {alert.pk: alert.transitions.last() for alert in Alert.objects.all()}
    assert {told.kind for told in newest.values() if told} == {action().kind}
    for alert in Alert.objects.all():
        told = newest[alert.pk]
        assert told
        assert (alert.status, alert.seq) == (action().kind, told.seq)


def test_what_was_resolved_with_many_others_counts_from_zero(engine):
    engine.log("shop", 4)
    engine.log("cart", 4)
    lifecycle.act_on_all([engine.alert(name).pk.hex for name in ("shop", "cart")], lifecycle.resolving(), "ada")
    engine.wait(3)
    engine.log("shop")
    assert (engine.alert("shop").status, engine.alert("shop").count) == ("open", 1)
