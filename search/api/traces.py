"""Traces by the API: the newest that have a span which is asked for, and the services they lead through."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from search import trace_list
from search.api.pages import PageParams, params, written
from search.api.problems import ApiView, problems
from search.api.shapes import RangeParams
from search.api.views import asked
from search.map_reading import read
from search.service_map import Figures
from search.summaries import Summary
from telemetry.times import rfc3339


class TraceParams(PageParams):
    """``q`` is over spans: a trace is found by any of them."""

    cursor_kind = trace_list.Cursor


class PartSerializer(serializers.Serializer[Any]):
    service = serializers.CharField()
    spans = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]


class TraceSerializer(serializers.Serializer[Any]):
    """A trace by all of its spans that are kept. ``service`` and ``name`` are of its root; where that is not here
    (``rooted`` is false), of its earliest span."""

    trace_id = serializers.CharField()
    timestamp = serializers.DateTimeField()
    duration_ns = serializers.IntegerField()
    service = serializers.CharField()
    name = serializers.CharField()
    rooted = serializers.BooleanField()
    spans = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]
    services = PartSerializer(many=True)


class TracePageAnswer(serializers.Serializer[Any]):
    results = TraceSerializer(many=True)
    next = serializers.URLField(allow_null=True)


def shown(trace: Summary) -> dict[str, Any]:
    return {
        "trace_id": trace.trace_id,
        "timestamp": rfc3339(trace.start),
        "duration_ns": trace.duration_ns,
        "service": trace.service,
        "name": trace.name,
        "rooted": trace.rooted,
        "spans": trace.spans,
        "errors": trace.errors,
        "services": [PartSerializer(part).data for part in trace.parts],
    }


class TraceListView(ApiView):
    @extend_schema(
        operation_id="traces_list",
        tags=["traces"],
        parameters=[TraceParams],
        responses={200: TracePageAnswer, **problems(400, 503)},
    )
    def get(self, request: Request) -> Response:
        """Traces with a span that matches, by the newest such span; a page may be short though there are more."""
        given = params(request, TraceParams)
        found = trace_list.page(asked(given, "spans"), given.get("cursor"), given["limit"])
        url = request.build_absolute_uri()
        following = replace_query_param(url, "cursor", written(found.next)) if found.next else None
        return Response({"results": [shown(trace) for trace in found.traces], "next": following})


class FiguresSerializer(serializers.Serializer[Any]):
    """``rate`` is a second, ``error_share`` of 1, ``p95_ns`` how long the called took."""

    count = serializers.IntegerField()
    rate = serializers.FloatField()
    errors = serializers.IntegerField()  # type: ignore[assignment]
    error_share = serializers.FloatField()
    p95_ns = serializers.IntegerField(source="p95")


class ServiceSerializer(FiguresSerializer):
    service = serializers.CharField()


class CallSerializer(FiguresSerializer):
    caller = serializers.CharField()
    callee = serializers.CharField()


class ServiceMapAnswer(serializers.Serializer[Any]):
    """Of the newest 100,000 spans of the range; ``since`` is later than was asked for where there are more."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    spans = serializers.IntegerField()
    complete = serializers.BooleanField()
    services = ServiceSerializer(many=True)
    calls = CallSerializer(many=True)


class ServiceMapView(ApiView):
    @extend_schema(
        operation_id="service_map",
        tags=["traces"],
        parameters=[RangeParams],
        responses={200: ServiceMapAnswer, **problems(400, 503)},
    )
    def get(self, request: Request) -> Response:
        """Which services call which, how often, how well."""
        given = params(request, RangeParams)
        found = read(given["since"], given["until"])
        services = [{"service": name, **figures(one)} for name, one in found.map.services.items()]
        calls = [{"caller": a, "callee": b, **figures(one)} for (a, b), one in found.map.calls.items()]
        answer = {"since": found.since, "until": given["until"], "spans": found.spans, "complete": found.complete}
        return Response({**answer, "services": services, "calls": calls})


def figures(found: Figures) -> dict[str, Any]:
    return dict(FiguresSerializer(found).data)
