"""What the API takes and answers, as serializers; the API's description is made of them."""

from typing import Any

from rest_framework import serializers

from alerts.models import KINDS, SEVERITIES, STATUSES, VERDICTS, IssueCode, Transition
from search.api.pages import Filter, Moment, PageParams


class AlertFilter(Filter):
    """Which alerts: those that meet all that is given. Times go by when the alert was last seen."""

    status = serializers.MultipleChoiceField(choices=STATUSES, required=False)
    severity = serializers.MultipleChoiceField(choices=SEVERITIES, required=False)
    issue_code = serializers.CharField(required=False, max_length=100)
    service = serializers.CharField(required=False, max_length=200)
    begun_before = Moment(required=False, help_text="First seen before this time (ISO 8601).")


class AlertParams(AlertFilter, PageParams):
    """What the list of alerts takes."""


class Ticket(serializers.Serializer[Any]):
    key = serializers.CharField()
    url = serializers.CharField()
    status = serializers.CharField(help_text="As the tracker said last.")


class AlertSerializer(serializers.Serializer[Any]):
    """The alert event, the same in the API, on the alerts topic and on the WebSocket."""

    id = serializers.UUIDField()
    issue_code = serializers.CharField()
    severity = serializers.ChoiceField(choices=SEVERITIES)
    message = serializers.CharField()
    suggested_fix = serializers.CharField(allow_blank=True)
    confidence = serializers.FloatField()
    automation_possible = serializers.BooleanField()
    automation_action = serializers.CharField(allow_null=True)
    related_trace_id = serializers.CharField(allow_null=True)
    related_logs = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)
    service = serializers.CharField(allow_blank=True)
    rule = serializers.CharField()
    rule_version = serializers.IntegerField()
    group = serializers.DictField()
    count = serializers.IntegerField()
    first_seen = serializers.DateTimeField()
    last_seen = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)
    assignee = serializers.CharField(allow_null=True)
    snoozed_until = serializers.DateTimeField(allow_null=True)
    snoozed_count = serializers.IntegerField(allow_null=True)
    verdict = serializers.ChoiceField(choices=VERDICTS, allow_null=True)
    merged_into = serializers.UUIDField(allow_null=True)
    muted_by = serializers.CharField(allow_null=True)
    ticket = Ticket(allow_null=True)
    url = serializers.CharField()
    seq = serializers.IntegerField()


class AlertPage(serializers.Serializer[Any]):
    results = AlertSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class Counted(serializers.Serializer[Any]):
    count = serializers.IntegerField()


class TransitionSerializer(serializers.ModelSerializer[Transition]):
    """One change of an alert: who, when, why."""

    kind = serializers.ChoiceField(choices=KINDS)
    data = serializers.DictField()  # type: ignore[assignment]

    class Meta:
        model = Transition
        fields = ("id", "seq", "kind", "at", "event_at", "by", "reason", "data", "muted_by")


class TransitionList(serializers.Serializer[Any]):
    results = TransitionSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class IssueSerializer(serializers.ModelSerializer[IssueCode]):
    """What is known of an error code."""

    class Meta:
        model = IssueCode
        fields = ("code", "title", "suggested_fix", "automation_action")


class IssueList(serializers.Serializer[Any]):
    results = IssueSerializer(many=True)
    next = serializers.URLField(allow_null=True)
