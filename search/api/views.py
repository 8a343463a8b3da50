"""Stored logs and traces: search, counts, one record with what surrounds it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from query import QueryError
from search import find
from search.api.pages import Filter, PageParams, params, written
from search.api.problems import ApiView, WrongQuery, problems
from search.api.shapes import (
    ContextAnswer,
    ContextParams,
    CountAnswer,
    FacetAnswer,
    FacetParams,
    HistogramAnswer,
    HistogramParams,
    LogPage,
    LogSerializer,
    PatternAnswer,
    PatternParams,
    TraceAnswer,
    facet_names,
    shown,
)
from search.patterns import patterns
from search.search import Search, search
from telemetry.records import Record
from telemetry.storable import storable


def asked(given: dict[str, Any], signal: str = "logs") -> Search:
    """400 for a query that can't be used."""
    try:
        return search(given.get("q", ""), signal, given.get("since"), given.get("until"))
    except QueryError as error:
        raise WrongQuery(error) from error


class LogListView(ApiView):
    @extend_schema(
        operation_id="logs_list", tags=["logs"], parameters=[PageParams], responses={200: LogPage, **problems(400, 503)}
    )
    def get(self, request: Request) -> Response:
        """Logs, newest first."""
        given = params(request, PageParams)
        found = find.page(asked(given), given.get("cursor"), given["limit"])
        url = request.build_absolute_uri()
        following = replace_query_param(url, "cursor", written(found.next)) if found.next else None
        return Response({"results": [shown(record) for record in found.records], "next": following})


class LogCountView(ApiView):
    @extend_schema(
        operation_id="logs_count",
        tags=["logs"],
        parameters=[Filter],
        responses={200: CountAnswer, **problems(400, 503)},
    )
    def get(self, request: Request) -> Response:
        """How many logs there are."""
        return Response({"count": find.count(asked(params(request, Filter)))})


class LogHistogramView(ApiView):
    @extend_schema(
        operation_id="logs_histogram",
        tags=["logs"],
        parameters=[HistogramParams],
        responses={200: HistogramAnswer, **problems(400, 503)},
    )
    def get(self, request: Request) -> Response:
        """How many logs there are by time and level."""
        given = params(request, HistogramParams)
        since, until = given.pop("since"), given.pop("until")
        slices = find.histogram(asked(given), since, until, given["slices"])
        answer = {"since": since, "until": until, "total": sum(one.total for one in slices), "results": slices}
        return Response(HistogramAnswer(answer).data)


class LogFacetsView(ApiView):
    @extend_schema(
        operation_id="logs_facets",
        tags=["logs"],
        parameters=[FacetParams],
        responses={200: FacetAnswer, **problems(400, 503)},
    )
    def get(self, request: Request) -> Response:
        """The most frequent values of fields."""
        given = params(request, FacetParams)
        found = find.facets(asked(given), facet_names(given.get("fields")), given["most"])
        results = [{"field": name, "values": pairs(values)} for name, values in found.values.items()]
        return Response({"counted": found.counted, "complete": found.complete, "results": results})


def pairs(values: list[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"value": value, "count": count} for value, count in values]


class LogPatternsView(ApiView):
    @extend_schema(
        operation_id="logs_patterns",
        tags=["logs"],
        parameters=[PatternParams],
        responses={200: PatternAnswer, **problems(400, 503)},
    )
    def get(self, request: Request) -> Response:
        """Logs grouped by their pattern, the message with what varies masked: the most frequent ones."""
        given = params(request, PatternParams)
        since, until = given.pop("since"), given.pop("until")
        return Response(PatternAnswer(patterns(asked(given), since, until, given["most"], given["slices"])).data)


class LogView(ApiView):
    @extend_schema(operation_id="logs_retrieve", tags=["logs"], responses={200: LogSerializer, **problems(404, 503)})
    def get(self, request: Request, id: str) -> Response:
        """One log."""
        return Response(shown(one_log(id)))


class LogContextView(ApiView):
    @extend_schema(
        operation_id="logs_context",
        tags=["logs"],
        parameters=[ContextParams],
        responses={200: ContextAnswer, **problems(400, 404, 503)},
    )
    def get(self, request: Request, id: str) -> Response:
        """What the same service logged before and after."""
        each, record = params(request, ContextParams)["each"], one_log(id)
        before, after = find.around(record, each=each)
        return Response({"before": list(map(shown, before)), "record": shown(record), "after": list(map(shown, after))})


def one_log(id: str) -> Record:
    if (found := find.one("logs", storable(id))) is None:
        raise NotFound("there is no such log")
    return found


class TraceView(ApiView):
    @extend_schema(operation_id="traces_retrieve", tags=["traces"], responses={200: TraceAnswer, **problems(404, 503)})
    def get(self, request: Request, trace_id: str) -> Response:
        """The spans of a trace, and the logs that belong to it."""
        spans, logs = find.trace(trace_id.lower())
        if not spans and not logs:
            raise NotFound("there is no such trace")
        return Response(
            {"trace_id": trace_id.lower(), "spans": list(map(shown, spans)), "logs": list(map(shown, logs))}
        )
