"""What the API of replays takes and answers; the command takes the same."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from alerts.api.rule_shapes import StepField, drafted, refuse_wrong
from alerts.api.shapes import AlertSerializer
from alerts.models import SEVERITIES, SIGNALS, Rule
from alerts.played import Played, event
from alerts.rehearsal import Rehearsal
from alerts.rules import RULE_TYPES
from search.api.pages import Moment
from telemetry.storable import storable

YEARS = timedelta(days=3660)


class ReplayDraft(serializers.Serializer[Any]):
    """The rule's fields that would be other; the rest is as in the rule."""

    signal = serializers.ChoiceField(choices=SIGNALS, required=False)
    type = serializers.ChoiceField(choices=list(RULE_TYPES), required=False)
    query = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    config = serializers.DictField(required=False)
    group_by = serializers.ListField(child=serializers.CharField(max_length=200), required=False, max_length=10)
    severity = serializers.ChoiceField(choices=SEVERITIES, required=False)
    lateness = serializers.IntegerField(required=False, min_value=0, max_value=604800)
    reopen_within = serializers.IntegerField(required=False, min_value=0, max_value=31_536_000)
    renotify = serializers.IntegerField(required=False, min_value=0, max_value=31_536_000)
    severity_steps = serializers.ListField(child=StepField(), required=False, max_length=10)


class ReplayRequest(serializers.Serializer[Any]):
    since = Moment(help_text="From this time on (ISO 8601).")
    until = Moment(required=False, allow_null=True, help_text="Up to this time; now if left out.")
    draft = ReplayDraft(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        until = attrs.get("until") or timezone.now()
        if not until - YEARS < attrs["since"] < until:
            raise ValidationError({"since": ["must be before until, and by no more than ten years"]})
        return attrs


def draft_of(rule: Rule, fields: dict[str, Any] | None) -> Rule | None:
    """The rule with these fields, not saved; raises ValidationError that says by field what is wrong."""
    if not fields:
        return None
    draft = drafted(rule, storable(fields))
    refuse_wrong(draft)
    return draft


class EpisodeSerializer(serializers.Serializer[Any]):
    began = serializers.DateTimeField()
    ended = serializers.DateTimeField(allow_null=True)


class ReplayedAlert(AlertSerializer):
    """An alert that would have been: its event, what was counted, how often something would have been told, and when
    it fired: more than once where it came back."""

    evidence = serializers.DictField()
    told = serializers.DictField(child=serializers.IntegerField())
    episodes = EpisodeSerializer(many=True)


class ReplaySerializer(serializers.Serializer[Any]):
    """``alerts``: those of the draft, or of the rule if there is no draft; ``running``: those of the rule as it is.
    ``added`` and ``removed``: what the draft has and the rule has not, and the other way round. ``complete``: all
    records of that time were judged; if not, it was stopped. ``late``: matches that came too late to be judged."""

    rule = serializers.CharField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    alerts = ReplayedAlert(many=True)
    running = ReplayedAlert(many=True)
    added = ReplayedAlert(many=True)
    removed = ReplayedAlert(many=True)
    notifications = serializers.IntegerField()
    running_notifications = serializers.IntegerField()
    records = serializers.IntegerField()
    matched = serializers.IntegerField()
    late = serializers.IntegerField()
    seconds = serializers.FloatField()
    complete = serializers.BooleanField()


def replay_json(rule: Rule, rehearsal: Rehearsal) -> dict[str, Any]:
    return {
        "rule": rule.slug,
        "since": iso(rehearsal.since),
        "until": iso(rehearsal.until),
        "alerts": events(rehearsal.draft.alerts),
        "running": events(rehearsal.running.alerts),
        "added": events(rehearsal.added),
        "removed": events(rehearsal.removed),
        "notifications": rehearsal.draft.notifications,
        "running_notifications": rehearsal.running.notifications,
        "records": rehearsal.records,
        "matched": rehearsal.draft.matched,
        "late": rehearsal.draft.late,
        "seconds": round(rehearsal.seconds, 3),
        "complete": rehearsal.complete,
    }


def iso(moment: datetime) -> str:
    return moment.isoformat()


def events(alerts: list[Played]) -> list[dict[str, Any]]:
    return [event(played) for played in alerts]
