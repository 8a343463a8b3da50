"""Actions from suggested to their effect: two people, a real webhook, a real command, and what goes wrong between."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from alerts import lifecycle
from alerts.models import Alert
from integrations.automation import execute, runner, runs
from integrations.automation.calls import hash_of
from integrations.models import Action, ActionRun
from integrations.outbound.addresses import Allowed
from tests.alerts.test_api_alerts import alert as alert_at
from tests.integrations.listener import Told, listening

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def module_listener():
    with listening() as server:
        yield server


@pytest.fixture
def listener(module_listener, settings):
    settings.OUTBOUND_ALLOW = module_listener.open_to
    module_listener.asked.clear()
    module_listener.answers = [Told()]
    return module_listener


@pytest.fixture
def action(listener):
    def make(**changes: Any) -> Action:
        given = {"name": "restart", "url": f"{listener.url}/restart", "parameters": {"service": "{{ alert.service }}"}}
        made = Action(**{**given, "mode": "approve", "risky": False, **changes})
        made.put("0123456789abcdef")
        made.save()
        return made

    return make


def opened(number: int = 0, **changes: Any) -> Alert:
    return alert_at(number, automation_action="restart", service="checkout", **changes)


def at(minutes: float = 0) -> Any:
    return timezone.now() + timedelta(minutes=minutes)


def told(alert: Alert) -> list[tuple[str, str]]:
    return list(alert.transitions.filter(kind__startswith="action_").values_list("kind", "by"))


def only() -> ActionRun:
    return ActionRun.objects.select_related("action", "alert").get()


def test_what_was_approved_is_called_once_signed_and_its_effect_is_seen(action, listener):
    action()
    alert = opened()
    assert (runs.plan(at()), runs.plan(at())) == (1, 0)
    run = only()
    assert (run.state, execute.step(at())) == ("waiting", False)
    runs.approve(run.pk, "ada", run.call_hash, at())
    assert (execute.step(at()), execute.step(at())) == (True, False)
    (asked,) = listener.asked
    assert (asked.json["parameters"], asked.json["key"]) == ({"service": "checkout"}, run.pk.hex)
    assert asked.headers["webhook-id"] == run.pk.hex
    assert asked.headers["webhook-signature"].startswith("v1,")
    assert execute.look_after(at()) == 0
    lifecycle.resolve(alert.pk, "ada")
    assert (execute.look_after(at()), only().state) == (1, "worked")
    assert told(alert) == [
        ("action_asked", "system"),
        ("action_approved", "ada"),
        ("action_ran", "system"),
        ("action_worked", "system"),
    ]


def test_what_had_no_effect_in_time_is_said(action):
    action(mode="run", min_confidence=0.5)
    alert = opened()
    runner.look()
    assert (execute.look_after(at(9)), execute.look_after(at(11)), only().state) == (0, 1, "no_effect")
    assert told(alert)[-1][0] == "action_no_effect"


def test_a_suggestion_is_asked_for_by_one_and_if_it_is_risky_approved_by_another(action, listener):
    made = action(mode="suggest", risky=True, changed_by="grace")
    alert = opened()
    runs.plan(at())
    seen = only().call_hash
    with pytest.raises(runs.Conflict, match="not the one"):
        runs.ask(made, alert, "ada", hash_of({"another": "call"}), at())
    run = runs.ask(made, alert, "ada", seen, at())
    assert (run.state, run.asked_by, execute.step(at())) == ("waiting", "ada", False)
    with pytest.raises(runs.Conflict, match="waiting already"):
        runs.ask(made, alert, "eve", seen, at())
    for who in ("ada", "grace"):
        with pytest.raises(runs.NotYours, match="somebody else"):
            runs.approve(run.pk, who, seen, at())
    runs.approve(run.pk, "eve", seen, at())
    with pytest.raises(runs.Conflict, match="it is approved"):
        runs.approve(run.pk, "bob", seen, at())
    assert execute.step(at())
    assert told(alert)[:3] == [("action_suggested", "system"), ("action_asked", "ada"), ("action_approved", "eve")]


def test_a_target_that_changed_after_approval_is_not_called(action, listener):
    made = action()
    alert = opened()
    runs.plan(at())
    run = only()
    runs.approve(run.pk, "ada", run.call_hash, at())
    made.url = f"{listener.url}/elsewhere"
    made.save()
    assert execute.step(at()) is False
    assert (only().state, only().words, listener.asked) == (
        "failed",
        "the call has changed since it was approved",
        [],
    )
    assert told(alert)[-1] == ("action_failed", "system")


@pytest.mark.parametrize("part", ["call", "call_hash", "approved_hash"])
def test_a_call_that_was_changed_in_the_database_is_not_made(action, listener, part):
    action()
    opened()
    runs.plan(at())
    run = only()
    runs.approve(run.pk, "ada", run.call_hash, at())
    changed = {**run.call, "url": f"{listener.url}/evil"} if part == "call" else hash_of({"evil": "call"})
    ActionRun.objects.update(**{part: changed})
    execute.step(at())
    assert (only().state, listener.asked) == ("failed", [])


def test_a_changed_target_can_not_be_approved_by_its_old_hash(action, listener):
    made = action()
    opened()
    runs.plan(at())
    made.url = f"{listener.url}/elsewhere"
    made.save()
    with pytest.raises(runs.Conflict, match="not the one"):
        runs.approve(only().pk, "ada", only().call_hash, at())


def test_an_approval_expires_before_and_after_it_was_given(action, listener):
    action(expires_minutes=5)
    alert = opened()
    runs.plan(at())
    with pytest.raises(runs.Conflict, match="time for it is over"):
        runs.approve(only().pk, "ada", only().call_hash, at(6))
    runs.approve(only().pk, "ada", only().call_hash, at())
    assert execute.step(at(6)) is False
    assert (runs.expire(at(4)), runs.expire(at(6)), only().state) == (0, 1, "expired")
    assert (listener.asked, told(alert)[-1][0]) == ([], "action_expired")


def test_what_is_resolved_needs_no_action(action):
    action()
    alert = opened()
    runs.plan(at())
    lifecycle.resolve(alert.pk, "ada")
    assert (runs.expire(at()), only().words) == (1, "the alert is over")


def test_what_is_muted_acknowledged_or_switched_off_begins_nothing(action):
    Alert.objects.filter(pk=opened(0).pk).update(muted_by="silence:1")
    opened(1, status="acknowledged", fingerprint="b")
    action()
    action(name="other", enabled=False)
    Alert.objects.filter(status="acknowledged").update(automation_action="other")
    assert runs.plan(at()) == 0


def test_no_more_run_by_themselves_in_an_hour_than_may(action, listener):
    action(mode="run", min_confidence=0.5, per_hour=2)
    for number in range(4):
        opened(number, fingerprint=f"f{number}")
    runs.plan(at())
    assert sorted(ActionRun.objects.values_list("state", flat=True)) == ["approved"] * 2 + ["waiting"] * 2
    opened(5, fingerprint="f5")
    runs.plan(at(61))
    assert ActionRun.objects.filter(state="approved").count() == 3


def test_what_is_not_sure_enough_asks(action):
    action(mode="run", min_confidence=0.95)
    opened(confidence=0.9)
    runs.plan(at())
    assert (only().state, only().words) == ("waiting", "the confidence 0.9 is below 0.95")


def test_what_may_pass_is_called_again_with_the_same_key_and_then_given_up(action, listener):
    action(mode="run", min_confidence=0.5, idempotent=True)
    alert = opened()
    runs.plan(at())
    listener.answers = [Told(503)]
    when = 0.0
    for _ in range(20):
        when += 1
        execute.step(at(when))
    run = only()
    assert (run.state, run.tries, len(listener.asked)) == ("failed", execute.TRIES, execute.TRIES)
    assert {asked.headers["Idempotency-Key"] for asked in listener.asked} == {run.pk.hex}
    assert told(alert) == [("action_approved", "system"), ("action_failed", "system")]


@pytest.mark.parametrize(
    ("answer", "calls", "state"),
    [
        (503, 1, "unknown"),
        (504, 1, "unknown"),
        (408, 1, "unknown"),
        (429, 2, "ran"),
        (425, 2, "ran"),
        (400, 1, "failed"),
    ],
)
def test_what_is_not_idempotent_is_called_again_only_if_nothing_was_done(action, listener, answer, calls, state):
    action(mode="run", min_confidence=0.5)
    alert = opened()
    runs.plan(at())
    listener.answers = [Told(answer), Told(200)]
    for when in range(3):
        execute.step(at(when))
    assert (only().state, len(listener.asked)) == (state, calls)
    assert told(alert)[-1] == (f"action_{state}", "system")


def test_what_nobody_listened_to_was_surely_not_done(action, listener, settings):
    settings.OUTBOUND_ALLOW = Allowed(frozenset({("127.0.0.1", 1)}))
    action(mode="run", min_confidence=0.5, url="http://127.0.0.1:1/restart")
    opened()
    runs.plan(at())
    assert execute.step(at())
    assert (only().state, only().tries) == ("approved", 1)


def test_a_runner_that_was_killed_after_the_call_repeats_it_with_the_same_key(action, listener):
    action(mode="run", min_confidence=0.5, idempotent=True)
    opened()
    runs.plan(at())
    lost = execute.claim(at())
    assert lost is not None
    execute.perform(lost)
    assert execute.step(at(1)) is False  # it may still run
    assert execute.step(at(2)) is True
    assert len({asked.headers["webhook-id"] for asked in listener.asked}) == 1
    execute.settle(lost, "failed", "the first one wakes up", None, at())
    assert (only().state, len(listener.asked)) == ("ran", 2)


def test_what_was_switched_off_while_it_ran_has_no_known_outcome(action, listener):
    made = action(mode="run", min_confidence=0.5)
    opened()
    runs.plan(at())
    execute.claim(at())
    made.enabled = False
    made.save()
    assert execute.step(at(2)) is False
    assert (only().state, only().words, listener.asked) == ("unknown", "the notifier ended while it ran", [])


def test_a_command_that_takes_too_long_is_ended_and_nobody_knows_what_it_did(action, settings, monkeypatch):
    monkeypatch.setattr(execute, "COMMAND_SECONDS", 0)
    settings.AUTOMATION_COMMANDS = ["check"]
    action(kind="command", command="check", mode="run", min_confidence=0.5, parameters={})
    opened()
    runs.plan(at())
    execute.step(at())
    assert (only().state, only().words) == ("unknown", "it was ended, as it took more than 0 s")


def test_a_command_runs_without_a_shell_and_a_lost_one_is_not_repeated(action, settings, monkeypatch):
    monkeypatch.setattr(execute, "COMMAND_SECONDS", 600)
    settings.AUTOMATION_COMMANDS = ["check"]
    action(kind="command", command="check", mode="run", min_confidence=0.5, parameters={"tag": "{{ alert.group.tag }}"})
    alert = opened(0, group={"tag": "models; touch /tmp/x"})
    runs.plan(at())
    assert only().call == {"command": ["check", "--tag=models; touch /tmp/x"]}
    execute.step(at())
    assert (only().state, "no system check with the" in only().words.lower()) == ("failed", True)
    opened(1, fingerprint="b", group={"tag": "models"})
    runs.plan(at())
    assert execute.step(at())
    run = ActionRun.objects.exclude(alert=alert).get()
    assert (run.state, "no issues" in run.words) == ("ran", True)
    opened(2, fingerprint="c", group={"tag": "models"})
    runs.plan(at())
    execute.claim(at())
    assert execute.step(at(2)) is False
    assert ActionRun.objects.get(alert__fingerprint="c").state == "unknown"


def test_a_command_that_left_the_list_is_not_run(action, settings):
    settings.AUTOMATION_COMMANDS = ["check"]
    action(kind="command", command="check", mode="run", min_confidence=0.5, parameters={})
    opened()
    runs.plan(at())
    settings.AUTOMATION_COMMANDS = []
    execute.step(at())
    assert only().words == "check is not in STACKLENS_AUTOMATION_COMMANDS"


def test_the_secret_is_in_no_column_and_is_put_under_a_new_key(action, settings):
    assert action().secret() == "0123456789abcdef"
    assert "0123456789abcdef" not in str(list(Action.objects.values()))
    settings.SEAL_KEYS = ["a new key", *settings.SEAL_KEYS]
    call_command("reseal_credentials", stdout=io.StringIO())
    settings.SEAL_KEYS = ["a new key"]
    assert Action.objects.get().secret() == "0123456789abcdef"
