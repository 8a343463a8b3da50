"""How good a rule is, by its versions."""

from dataclasses import asdict
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import MayRead
from alerts.event import iso
from alerts.models import Rule
from alerts.scorecard import Score, scorecard
from search.api.problems import ApiView, problems


class Verdicts(serializers.Serializer[Any]):
    real = serializers.IntegerField()
    noise = serializers.IntegerField()
    known = serializers.IntegerField()


class ScoreSerializer(serializers.Serializer[Any]):
    """One version of the rule. Times are medians in seconds, counted from when the alert was made."""

    version = serializers.IntegerField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    alerts = serializers.IntegerField()
    alerts_a_week = serializers.FloatField()
    verdicts = Verdicts()
    precision = serializers.FloatField(allow_null=True, help_text="The share of what was judged that was no noise.")
    seconds_to_acknowledge = serializers.FloatField(allow_null=True)
    seconds_to_resolve = serializers.FloatField(allow_null=True)


class ScoreList(serializers.Serializer[Any]):
    results = ScoreSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class ScorecardView(ApiView):
    permission_classes = [MayRead]

    @extend_schema(operation_id="rules_scorecard", tags=["rules"], responses={200: ScoreList, **problems(404)})
    def get(self, request: Request, slug: str) -> Response:
        """What people said of the rule's alerts and how long they took, the newest version first."""
        rule = get_object_or_404(Rule, slug=slug)
        return Response({"results": [as_json(score) for score in scorecard(rule, timezone.now())], "next": None})


def as_json(score: Score) -> dict[str, Any]:
    found = asdict(score)
    return found | {
        "since": iso(score.since),
        "until": iso(score.until),
        "alerts_a_week": found.pop("a_week"),
        "seconds_to_acknowledge": found.pop("acknowledged"),
        "seconds_to_resolve": found.pop("resolved"),
    }
