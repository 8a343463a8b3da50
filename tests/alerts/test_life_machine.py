"""Two people, a rule and the time act on the same alerts in any order: what must hold of alerts holds after each step.

Ada's page is live. Bob acts on what he saw when he last looked, so often too late: then nothing may have changed, and
he is told.
"""

from datetime import timedelta

import msgspec
import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from alerts import lifecycle
from alerts.models import Alert, Counter, RuleWindow, Transition
from alerts.windows import Kept
from tests.alerts.engine import Engine

NAMES = ["shop", "cart", "till"]
SERVICES = st.sampled_from(NAMES)
PEOPLE = st.sampled_from(["ada", "bob"])
FROM = {
    "acknowledge": ("open", "snoozed"),
    "resolve": ("open", "acknowledged", "snoozed"),
    "snooze": ("open", "acknowledged"),
    "reopen": ("resolved", "acknowledged", "snoozed"),
}
TO = {"acknowledge": "acknowledged", "resolve": "resolved", "snooze": "snoozed", "reopen": "open"}
LEAVES = {
    **dict.fromkeys(("opened", "reopened", "unsnoozed"), "open"),
    **{kind: kind for kind in ("acknowledged", "snoozed", "resolved")},
}


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.people = {name: User.objects.create_user(name) for name in ("ada", "bob")}
        self.seen: dict[str, dict[str, Alert]] = {"ada": {}, "bob": {}}
        self.engine = Engine()
        for service in NAMES:
            self.engine.log(service)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    # --- the rule and the time ---

    @rule(service=SERVICES, times=st.integers(1, 6))
    def logs_come(self, service, times):
        self.engine.log(service, times)

    @rule(seconds=st.sampled_from([1, 5, 15]))
    def nothing_comes(self, seconds):
        self.engine.wait(seconds)

    @rule(hours=st.sampled_from([0, 2]))
    def time_goes_by(self, hours):
        lifecycle.publish(lifecycle.wake_due(timezone.now() + timedelta(hours=hours)))

    # --- the people ---

    @rule()
    def bob_looks(self):
        self.seen["bob"] = newest()

    @rule(who=PEOPLE, service=SERVICES, action=st.sampled_from(sorted(FROM)), more=st.integers(1, 5))
    def acts(self, who, service, action, more):
        if not (alert := self.at(who, service)):
            return
        before = fresh(alert)
        newer = Alert.objects.filter(fingerprint=alert.fingerprint, episode__gt=before.episode).exists()
        possible = before.status in FROM[action] and not (action == "reopen" and newer)
        hour = timezone.now() + timedelta(hours=1)
        actions = {
            "acknowledge": lifecycle.acknowledging,
            "resolve": lifecycle.resolving,
            "reopen": lifecycle.reopening,
            "snooze": lambda: lifecycle.snoozing(hour, more),
        }
        self.tried(alert, before, possible, lambda: lifecycle.act(alert.pk, actions[action](), who), TO[action])

    @rule(who=PEOPLE, service=SERVICES)
    def takes_it_as_seen(self, who, service):
        if not (alert := self.at(who, service)):
            return
        before = fresh(alert)
        as_seen = before.assignee_id == alert.assignee_id and before.assignee != self.people[who]
        whose = alert.assignee.get_username() if alert.assignee else None
        take = lifecycle.assigning(self.people[who], instead_of=whose)
        possible = as_seen and before.status != "resolved"
        self.tried(alert, before, possible, lambda: lifecycle.act(alert.pk, take, who), before.status)

    @rule(who=PEOPLE, pair=st.permutations(NAMES))
    def merges(self, who, pair):
        alert, target = self.at(who, pair[0]), self.at(who, pair[1])
        if not (alert and target):
            return
        before = fresh(alert)
        possible = "resolved" not in (before.status, fresh(target).status)
        self.tried(alert, before, possible, lambda: lifecycle.merge(alert.pk, target.pk, who), "resolved")

    @rule(who=PEOPLE, action=st.sampled_from(["acknowledge", "resolve"]))
    def acts_on_all_that_were_seen(self, who, action):
        self.seen["ada"] = newest()
        ids = [alert.pk for alert in self.seen[who].values()]
        ready = Alert.objects.filter(pk__in=ids, status__in=FROM[action]).count()
        made = lifecycle.acknowledging() if action == "acknowledge" else lifecycle.resolving()
        assert lifecycle.act_on_all([pk.hex for pk in ids], made, who) == ready

    def at(self, who, service):
        self.seen["ada"] = newest()
        return self.seen[who].get(service)

    def tried(self, alert, before, possible, work, status):
        told = Counter.current("transitions")
        try:
            work()
        except lifecycle.Conflict:
            assert not possible
            assert Counter.current("transitions") == told
            assert fresh(alert).status == before.status
        else:
            assert possible
            assert Counter.current("transitions") > told
            assert fresh(alert).status == status

    # --- what holds ---

    @invariant()
    def numbers_have_no_holes_and_alerts_know_their_newest(self):
        told = list(Transition.objects.order_by("seq").values_list("seq", "alert_id"))
        assert [seq for seq, _ in told] == list(range(1, len(told) + 1))
        newest = {alert: seq for seq, alert in told}
        assert dict(Alert.objects.values_list("pk", "seq")) == newest

    @invariant()
    def the_history_tells_the_state(self):
        for alert in Alert.objects.all():
            status = ""
            for kind, data in alert.transitions.values_list("kind", "data"):
                status = "resolved" if kind == "merged" and "into" in data else LEAVES.get(kind, status)
            assert alert.status == status
            assert (alert.resolved_at is not None) == (status == "resolved")
            assert (alert.snoozed_until is not None or alert.snoozed_count is not None) == (status == "snoozed")

    @invariant()
    def what_fires_has_one_unresolved_alert_that_counts_it(self):
        for row in RuleWindow.objects.all():
            kept = msgspec.json.decode(row.state, type=Kept)
            alerts = Alert.objects.filter(fingerprint=row.fingerprint)
            unresolved = alerts.exclude(status="resolved")
            if kept.state.opened:
                newest = alerts.latest("episode")
                target = newest.merged_into
                assert unresolved.exists() or (target and target.status != "resolved" and newest.cleared_at is None)

    @invariant()
    def an_alert_without_a_cause_is_held_by_a_person_or_by_what_was_merged(self):
        for alert in Alert.objects.exclude(status="resolved"):
            kept = msgspec.json.decode(RuleWindow.objects.get(pk=alert.fingerprint).state, type=Kept)
            merged = alert.merged.filter(status="resolved", cleared_at=None).exists()
            by_hand = alert.transitions.filter(kind="reopened").exclude(by="system").exists()
            assert kept.state.opened or merged or by_hand


def newest() -> dict[str, Alert]:
    """What the page shows, by service."""
    return {alert.service: alert for alert in Alert.objects.select_related("assignee").order_by("episode")}


def fresh(alert: Alert) -> Alert:
    return Alert.objects.select_related("assignee").get(pk=alert.pk)


@pytest.mark.django_db
def test_whoever_acts_in_whatever_order_alerts_stay_consistent():
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Life, settings=settings(max_examples=20, stateful_step_count=40, deadline=None, suppress_health_check=quiet)
    )
