"""From an alert towards its cause."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.cause import ALL, SERVICE, Cause, Part, cause
from alerts.event import iso
from alerts.models import Alert
from alerts.similar import Similar
from search.api.pages import params
from search.api.problems import ApiView, problems
from search.api.shapes import SliceSerializer
from search.compare import Comparison
from search.contrast import Change
from search.waterfall import Waterfall


class CauseParams(serializers.Serializer[Any]):
    scope = serializers.ChoiceField(
        choices=(SERVICE, ALL),
        required=False,
        default=SERVICE,
        help_text="Compare the alert's service, or all.",
    )


class CauseTimes(serializers.Serializer[Any]):
    """``since`` to ``until``: when it fired, of a long firing the first hour. Compared with ``before`` to
    ``since``; the histogram goes on to ``after``."""

    before = serializers.DateTimeField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    after = serializers.DateTimeField()


class CauseHistogram(serializers.Serializer[Any]):
    """Records that the rule judges, in the alert's group. ``trouble``: why there is nothing, where it can't be had."""

    results = SliceSerializer(many=True)
    trouble = serializers.CharField(allow_blank=True)


class MoreFrequent(serializers.Serializer[Any]):
    """A value that ``now`` of ``of_now`` records have, and ``before`` of ``of_before`` in the time before. ``score``: G
    of a log-likelihood ratio test. ``evidence``: whether all evidence of the alert has it."""

    field = serializers.CharField()
    value = serializers.CharField()
    now = serializers.IntegerField()
    of_now = serializers.IntegerField()
    before = serializers.IntegerField()
    of_before = serializers.IntegerField()
    score = serializers.FloatField()
    evidence = serializers.BooleanField()


class LookedAt(serializers.Serializer[Any]):
    """How many records were counted, and the attributes of how many. ``complete``: whether those are all."""

    records = serializers.IntegerField()
    sampled = serializers.IntegerField()
    complete = serializers.BooleanField()


class CauseChanges(serializers.Serializer[Any]):
    results = MoreFrequent(many=True)
    now = LookedAt(allow_null=True)
    before = LookedAt(allow_null=True)
    trouble = serializers.CharField(allow_blank=True)


class CauseTrace(serializers.Serializer[Any]):
    trace_id = serializers.CharField(allow_null=True)
    spans = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]
    duration_ns = serializers.IntegerField()
    services = serializers.ListField(child=serializers.CharField())
    trouble = serializers.CharField(allow_blank=True)


class SimilarAlert(serializers.Serializer[Any]):
    """``alike``: what both share. ``lasted``: seconds until it was resolved."""

    id = serializers.UUIDField()
    issue_code = serializers.CharField()
    service = serializers.CharField(allow_blank=True)
    status = serializers.CharField()
    created_at = serializers.DateTimeField()
    alike = serializers.ListField(child=serializers.CharField())
    verdict = serializers.CharField(allow_null=True)
    resolved_by = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    comments = serializers.ListField(child=serializers.CharField())
    lasted = serializers.FloatField(allow_null=True)


class AlertCause(serializers.Serializer[Any]):
    alert = serializers.UUIDField()
    signal = serializers.CharField()
    query = serializers.CharField(allow_blank=True)
    scope = serializers.ChoiceField(choices=(SERVICE, ALL))
    times = CauseTimes()
    histogram = CauseHistogram()
    changes = CauseChanges()
    trace = CauseTrace()
    similar = SimilarAlert(many=True)


class AlertCauseView(ApiView):
    @extend_schema(
        operation_id="alerts_cause",
        tags=["alerts"],
        parameters=[CauseParams],
        responses={200: AlertCause, **problems(400, 404)},
    )
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """What was logged around the alert, which values have become more frequent, its trace, and how alerts like it
        ended. A part that can't be had now says so in ``trouble``; the others are there."""
        scope = params(request, CauseParams)["scope"]
        return Response(told(cause(get_object_or_404(Alert, pk=id), scope)))


def told(found: Cause) -> dict[str, Any]:
    return {
        "alert": str(found.alert.pk),
        "signal": found.signal,
        "query": found.query,
        "scope": found.scope,
        "times": {name: iso(getattr(found.times, name)) for name in ("before", "since", "until", "after")},
        "histogram": {
            "results": SliceSerializer(found.histogram.found or [], many=True).data,
            "trouble": found.histogram.trouble,
        },
        "changes": changes(found),
        "trace": trace(found.alert.related_trace_id, found.trace),
        "similar": list(map(similar, found.similar)),
    }


def changes(found: Cause) -> dict[str, Any]:
    compared: Comparison | None = found.comparison.found
    return {
        "results": [change(one, known) for one, _, known in found.changes],
        "now": LookedAt(compared.now).data if compared else None,
        "before": LookedAt(compared.before).data if compared else None,
        "trouble": found.comparison.trouble,
    }


def change(one: Change, evidence: bool) -> dict[str, Any]:
    names = ("field", "value", "now", "of_now", "before", "of_before", "score")
    return {name: getattr(one, name) for name in names} | {"evidence": evidence}


def trace(trace_id: str | None, part: Part) -> dict[str, Any]:
    drawn: Waterfall | None = part.found
    return {
        "trace_id": trace_id,
        "spans": len(drawn.bars) if drawn else 0,
        "errors": drawn.errors if drawn else 0,
        "duration_ns": drawn.duration if drawn else 0,
        "services": list(drawn.services) if drawn else [],
        "trouble": part.trouble,
    }


def similar(one: Similar) -> dict[str, Any]:
    alert = one.alert
    return {
        "id": str(alert.pk),
        "issue_code": alert.issue_code,
        "service": alert.service,
        "status": alert.status,
        "created_at": iso(alert.created_at),
        "alike": one.alike,
        "verdict": alert.verdict or None,
        "resolved_by": one.resolved_by or None,
        "reason": one.reason,
        "comments": one.comments,
        "lasted": one.lasted,
    }
