"""Every table has an end that is written down, and prune keeps to it."""

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.utils import timezone

from alerts.models import Alert, NewAlerts, ReplayJob, Silence, Transition
from ingest.models import DataGap
from integrations.models import Action, ActionRun, Attempt, Delivery, Destination, Thread
from search import retention
from tests.tools import ROOT

NOW = timezone.now()


def test_every_table_is_written_down_with_its_end():
    section = (ROOT / "docs" / "operations.md").read_text().split("Every table", 1)[1].split("## ", 1)[0]
    rows = re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    models = apps.get_models(include_auto_created=True)
    assert sorted(named) == sorted(model._meta.db_table for model in models)


def resolved(at, name):
    times = {"first_seen": at, "last_seen": at, "created_at": at, "resolved_at": at}
    return Alert.objects.create(
        fingerprint=name, rule_slug="gone", rule_version=1, issue_code="X", severity="error", status="resolved", **times
    )


def told(at, name, **state):
    """A delivery with its attempt, of a group that is over."""
    alert = resolved(NOW, name)
    place = Destination.objects.create(slug=name, name=name, kind="webhook")
    told = Transition.objects.create(seq=Transition.objects.count() + 1, alert=alert, kind="opened", at=at)
    thread = Thread.objects.create(destination=place, key=name, begun_at=at, ended_at=at)
    of = {"destination": place, "transition": told, "alert": alert, "thread": thread, "seq": told.seq}
    made = Delivery.objects.create(planned_at=at, **{"state": "told", "settled_at": at} | of | state)
    Attempt.objects.create(delivery=made, notice="n", at=at, seconds=0, outcome="told")


def ran(at, name):
    action, _ = Action.objects.get_or_create(name="restart")
    ActionRun.objects.create(
        action=action, alert=resolved(at, name), episode=1, state="ran", facts={}, call={}, call_hash="",
        created_at=at, expires_at=at,
    )  # fmt: skip


def changed(at, name):
    user, _ = User.objects.get_or_create(username="ada")
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(action_time=at, user=user, content_type=kind, object_repr=name, action_flag=2)


def replayed(at, name):
    made = ReplayJob.objects.create(rule_slug=name, since=at, by="ada", state="done")
    ReplayJob.objects.filter(pk=made.pk).update(created_at=at)


CASES: dict[str, tuple[int, Callable[[datetime, str], Any], list[Any]]] = {
    "an alert": (365, resolved, [Alert]),
    "a run of an action": (365, ran, [ActionRun, Alert]),
    "what was told": (30, told, [Delivery, Attempt, Thread]),
    "what was given up": (
        30,
        lambda at, name: told(at, name, state="given_up"),
        [Delivery, Attempt, Thread],
    ),
    "a silence": (
        365,
        lambda at, name: Silence.objects.create(query="*", reason=name, starts_at=at - timedelta(1), ends_at=at),
        [Silence],
    ),
    "a count of new alerts": (30, lambda at, name: NewAlerts.objects.create(key=name, minute=at), [NewAlerts]),
    "a gap in the data": (
        30,
        lambda at, name: DataGap.objects.create(topic=name, partition=0, first=1, upto=2, at=at),
        [DataGap],
    ),
    "a replay": (30, replayed, [ReplayJob]),
    "a change by somebody": (3650, changed, [LogEntry]),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", CASES)
def test_what_is_older_goes_and_what_is_younger_stays(name, monkeypatch):
    monkeypatch.setattr(retention, "PAUSE_SECONDS", 0)
    days, make, models = CASES[name]
    make(NOW - timedelta(days=days, hours=-1), "young")
    make(NOW - timedelta(days=days, hours=1), "old")
    assert [model.objects.count() for model in models] == [2] * len(models)
    call_command("prune", stdout=io.StringIO())
    assert [model.objects.count() for model in models] == [1] * len(models)


@pytest.mark.django_db
def test_what_waits_to_be_told_stays_however_old_it_is(monkeypatch):
    monkeypatch.setattr(retention, "PAUSE_SECONDS", 0)
    told(NOW - timedelta(days=400), "old", state="waiting", settled_at=None)
    call_command("prune", stdout=io.StringIO())
    assert (Delivery.objects.count(), Thread.objects.count()) == (1, 1)
