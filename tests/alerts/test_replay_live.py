"""Replaying a day with the rule that was live gives that day's alerts exactly, for every type."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from alerts.models import Alert, Rule, Transition
from alerts.rehearsal import rehearse
from alerts.rules import RULE_TYPES
from alerts.rules.frame import SECOND
from tests.alerts.recorded import RULES, judge_live, load_rules, record

pytestmark = pytest.mark.django_db(databases={"default", settings.QUEUE_DATABASE})
SHOWN = ("id", "fingerprint", "group", "status", "severity", "count", "first_seen", "last_seen", "cleared_at")
MORE = ("episode", "related_logs", "related_trace_id", "evidence", "issue_code", "message", "service")


def shown(alert: Alert) -> dict[str, object]:
    return {name: getattr(alert, name) for name in (*SHOWN, *MORE)}


def test_every_type_is_played():
    assert set(RULES) == set(RULE_TYPES)


@pytest.fixture
def start() -> datetime:
    """When the stretch began that has been judged live; it took an hour, and ended an hour ago."""
    load_rules()
    began = time.time_ns() // SECOND - 2 * 3600
    record(began * SECOND, 1200)
    judge_live()
    return datetime.fromtimestamp(began, UTC)


def live_alerts(rule: Rule) -> dict[object, dict[str, object]]:
    return {alert.pk: shown(alert) for alert in Alert.objects.filter(rule_slug=rule.slug)}


def test_replay_tells_what_live_judging_told(start):
    for rule in Rule.objects.all():
        live = live_alerts(rule)
        played = rehearse(rule, None, start)
        assert {one.alert.pk: shown(one.alert) for one in played.draft.alerts} == live, rule.slug
        assert live, f"{rule.slug}: nothing to compare"
        told = sorted(Transition.objects.filter(alert__rule_slug=rule.slug).values_list("alert_id", "kind"))
        assert sorted((one.alert.pk, kind) for one in played.draft.alerts for kind in one.told.elements()) == told
        assert (played.added, played.removed, played.complete) == ([], [], True)


def test_a_replay_that_begins_later_tells_what_was_there_from_then_on(start):
    for minutes in (20, 35, 50):
        since = start + timedelta(minutes=minutes)
        for rule in Rule.objects.all():
            then = {key: alert for key, alert in live_alerts(rule).items() if (alert["cleared_at"] or since) >= since}
            played = rehearse(rule, None, since)
            assert {one.alert.pk: shown(one.alert) for one in played.draft.alerts} == then, (rule.slug, minutes)
