"""Metrics by the API: which came in, and one of them over time."""

from typing import Any, get_args

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.metrics.explorer import Question, explore
from alerts.metrics.reading import metrics
from alerts.rules.metric import Aggregate
from query import QueryError, parse
from query.fields import METRICS
from search.api.pages import params
from search.api.problems import ApiView, WrongQuery, problems
from search.api.shapes import RangeParams
from telemetry.records import METRIC_KINDS
from telemetry.storable import storable


class MetricSerializer(serializers.Serializer[Any]):
    """``kind``, ``unit`` and ``monotonic`` are those of its newest point; ``points`` are those in the range."""

    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=METRIC_KINDS)
    unit = serializers.CharField(allow_blank=True)
    monotonic = serializers.BooleanField()
    points = serializers.IntegerField()
    last = serializers.DateTimeField()


class MetricList(serializers.Serializer[Any]):
    """By name; at most 1,000, and then no ``next``."""

    results = MetricSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class MetricListView(ApiView):
    @extend_schema(
        operation_id="metrics_list",
        tags=["metrics"],
        parameters=[RangeParams],
        responses={200: MetricList, **problems(400, 503)},
    )
    def get(self, request: Request) -> Response:
        """The metrics with points in a range."""
        given = params(request, RangeParams)
        found = metrics(given["since"], given["until"])
        return Response({"results": MetricSerializer(found, many=True).data, "next": None})


class SeriesParams(RangeParams):
    name = serializers.CharField(max_length=255, trim_whitespace=False)
    q = serializers.CharField(
        required=False, allow_blank=True, max_length=4000, help_text="A query over metric points, in Lucene syntax."
    )
    aggregate = serializers.ChoiceField(choices=get_args(Aggregate), required=False, default="avg")
    percentile = serializers.FloatField(required=False, default=95, min_value=0.001, max_value=100)
    by = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=300,
        help_text="A field, as service or attrs.http.route; a line each.",
    )

    def validate_by(self, value: str) -> str:
        if value and METRICS.find(value) is None:
            raise ValidationError(f"unknown field {value!r}")
        return storable(value)  # type: ignore[no-any-return]


class ValueSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    value = serializers.FloatField()


class LineSerializer(serializers.Serializer[Any]):
    """``group`` is the value of ``by``; slices without a point are left out."""

    group = serializers.CharField(allow_blank=True)
    values = ValueSerializer(many=True)


class SeriesAnswer(serializers.Serializer[Any]):
    """``step``: seconds of a slice; a value stands at the beginning of its slice. ``complete``: all points of the range
    were read, not only the newest 100,000."""

    step = serializers.IntegerField()
    points = serializers.IntegerField()
    complete = serializers.BooleanField()
    results = LineSerializer(many=True)


class MetricSeriesView(ApiView):
    @extend_schema(
        operation_id="metrics_series",
        tags=["metrics"],
        parameters=[SeriesParams],
        responses={200: SeriesAnswer, **problems(400, 503)},
    )
    def get(self, request: Request) -> Response:
        """A metric over time. Counters and histograms that add up are taken apart; rate is the increase a second."""
        found = explore(question(params(request, SeriesParams)))
        results = [
            {"group": one.group, "values": [
                {"at": at, "value": value}
                for at, value in zip(found.starts, one.values, strict=True) if value is not None
            ]}
            for one in found.series
        ]  # fmt: skip
        answer = {"step": found.step, "points": len(found.points), "complete": found.complete, "results": results}
        return Response(answer)


def question(given: dict[str, Any]) -> Question:
    try:
        node = parse(storable(given.get("q", "")), "metrics")
    except QueryError as error:
        raise WrongQuery(error) from error
    return Question(
        storable(given["name"]), node, given["aggregate"], given["percentile"], given.get("by", ""),
        given["since"], given["until"],
    )  # fmt: skip
