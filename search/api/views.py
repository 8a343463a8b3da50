"""Stored logs: the list, searched by query, and one log."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from search.api.pages import PageParams, Pages, params
from search.api.problems import ApiView, problems
from search.api.stored import record
from search.models import RawLog
from telemetry.storable import storable


class LogSerializer(serializers.ModelSerializer[RawLog]):
    """A log as it was stored: redacted and enriched."""

    attrs = serializers.DictField()

    class Meta:
        model = RawLog
        fields = (
            *("id", "timestamp", "received_at", "service", "level", "message", "pattern", "trace_id", "span_id"),
            *("request_id", "error_code", "user_id", "product_id", "action", "status"),
            *("environment", "host", "app_version", "attrs"),
        )


class LogPage(serializers.Serializer[Any]):
    results = LogSerializer(many=True)
    next = serializers.URLField(allow_null=True)


PAGES = Pages("timestamp", record, lambda row: LogSerializer(row).data)


class LogListView(ApiView):
    @extend_schema(
        operation_id="logs_list", tags=["logs"], parameters=[PageParams], responses={200: LogPage, **problems(400)}
    )
    def get(self, request: Request) -> Response:
        """Logs, newest first. A query looks at 20,000 rows a request; ``next`` goes on from there."""
        return Response(PAGES.answer(request, RawLog.objects.all(), params(request, PageParams), "logs"))


class LogView(ApiView):
    @extend_schema(operation_id="logs_retrieve", tags=["logs"], responses={200: LogSerializer, **problems(404)})
    def get(self, request: Request, id: str) -> Response:
        """One log."""
        return Response(LogSerializer(get_object_or_404(RawLog, pk=storable(id))).data)
