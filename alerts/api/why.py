"""Why an alert fired; why a log did or didn't match the rules."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.models import Alert
from alerts.why import why_alert, why_record
from search.api.problems import ApiView, problems
from search.models import RawLog
from telemetry.storable import storable


class PositionSerializer(serializers.Serializer[Any]):
    topic = serializers.CharField()
    partition = serializers.IntegerField()
    offset = serializers.IntegerField()
    index = serializers.IntegerField()


class ClauseSerializer(serializers.Serializer[Any]):
    clause = serializers.CharField()
    met = serializers.BooleanField()


class WindowSerializer(serializers.Serializer[Any]):
    value = serializers.FloatField(allow_null=True)
    threshold = serializers.FloatField(allow_null=True)
    start = serializers.DateTimeField(allow_null=True)
    end = serializers.DateTimeField(allow_null=True)
    detail = serializers.CharField(allow_blank=True)


class EvidenceSerializer(serializers.Serializer[Any]):
    """``clauses``: those because of which the record counted. ``kept``: false when it is gone by now."""

    id = serializers.CharField()
    position = PositionSerializer(allow_null=True)
    kept = serializers.BooleanField()
    timestamp = serializers.DateTimeField(allow_null=True)
    service = serializers.CharField(allow_null=True)
    text = serializers.CharField(allow_null=True, allow_blank=True)
    met = serializers.BooleanField(allow_null=True)
    clauses = ClauseSerializer(many=True)


class ToldTrySerializer(serializers.Serializer[Any]):
    """``outcome``: told, passing (it is tried again) or permanent."""

    at = serializers.DateTimeField()
    seconds = serializers.FloatField()
    outcome = serializers.CharField()
    words = serializers.CharField(allow_blank=True)


class ToldSerializer(serializers.Serializer[Any]):
    """How many of the alert's transitions a destination was told, how many wait and were given up, when it is tried
    next, and the last attempts, newest first."""

    destination = serializers.CharField()
    told = serializers.IntegerField()
    waiting = serializers.IntegerField()
    given_up = serializers.IntegerField()
    next_try = serializers.DateTimeField(allow_null=True)
    attempts = ToldTrySerializer(many=True)


class AlertWhy(serializers.Serializer[Any]):
    alert = serializers.UUIDField()
    rule = serializers.CharField()
    rule_version = serializers.IntegerField()
    type = serializers.CharField(allow_null=True)
    signal = serializers.CharField(allow_null=True)
    query = serializers.CharField(allow_null=True, allow_blank=True)
    sentence = serializers.CharField(allow_blank=True)
    group = serializers.DictField()
    window = WindowSerializer()
    evidence = EvidenceSerializer(many=True)
    muted_by = serializers.CharField(allow_null=True)
    deliveries = ToldSerializer(many=True)


class CandidateSerializer(serializers.Serializer[Any]):
    """A rule that looked at the record. ``failed``: the clauses because of which it didn't match. ``late``: it arrived
    later than the rule allows, so it may not have been judged. ``alert``: its group's at that time."""

    rule = serializers.CharField()
    rule_version = serializers.IntegerField()
    type = serializers.CharField()
    query = serializers.CharField(allow_blank=True)
    matched = serializers.BooleanField()
    clauses = ClauseSerializer(many=True)
    failed = serializers.ListField(child=serializers.CharField())
    group = serializers.DictField(allow_null=True)
    late = serializers.BooleanField()
    alert = serializers.UUIDField(allow_null=True)


class RecordWhy(serializers.Serializer[Any]):
    """``rules``: how many rules there are for the signal; all but the candidates can't match."""

    id = serializers.CharField()
    signal = serializers.CharField()
    position = PositionSerializer(allow_null=True)
    rules = serializers.IntegerField()
    candidates = CandidateSerializer(many=True)


class AlertWhyView(ApiView):
    @extend_schema(operation_id="alerts_why", tags=["alerts"], responses={200: AlertWhy, **problems(404)})
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """Why the alert fired: the rule as it was, its window, and the clauses that the evidence met."""
        return Response(why_alert(get_object_or_404(Alert, pk=id)))


class LogWhyView(ApiView):
    @extend_schema(operation_id="logs_why", tags=["logs"], responses={200: RecordWhy, **problems(404)})
    def get(self, request: Request, id: str) -> Response:
        """Which of today's rules match this log, and which clause kept the other candidates from it."""
        return Response(why_record(get_object_or_404(RawLog, pk=storable(id)), "logs"))
