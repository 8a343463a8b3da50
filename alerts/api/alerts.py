"""Alerts: the list, how many, one, and its history."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.api.chosen import count, rows
from alerts.api.shapes import (
    AlertFilter,
    AlertPage,
    AlertParams,
    AlertSerializer,
    Counted,
    TransitionList,
    TransitionSerializer,
)
from alerts.event import alert_event
from alerts.matching import Candidate, whole
from alerts.models import Alert
from search.api.pages import Pages, params
from search.api.problems import ApiView, problems

PAGES = Pages("last_seen", Candidate, alert_event, whole)


class AlertListView(ApiView):
    @extend_schema(
        operation_id="alerts_list",
        tags=["alerts"],
        parameters=[AlertParams],
        responses={200: AlertPage, **problems(400)},
    )
    def get(self, request: Request) -> Response:
        """Alerts, the last seen first. A query looks at 20,000 alerts a request; ``next`` goes on from there."""
        asked = params(request, AlertParams)
        return Response(PAGES.answer(request, rows(asked), asked, "alerts"))


class AlertCountView(ApiView):
    @extend_schema(
        operation_id="alerts_count",
        tags=["alerts"],
        parameters=[AlertFilter],
        responses={200: Counted, **problems(400)},
    )
    def get(self, request: Request) -> Response:
        """How many alerts meet a filter: as many as ``bulk`` would act on."""
        return Response({"count": count(params(request, AlertFilter))})


class AlertView(ApiView):
    @extend_schema(operation_id="alerts_retrieve", tags=["alerts"], responses={200: AlertSerializer, **problems(404)})
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """One alert."""
        return Response(alert_event(get_object_or_404(Alert, pk=id)))


class AlertTransitionsView(ApiView):
    @extend_schema(operation_id="alerts_transitions", tags=["alerts"], responses={200: TransitionList, **problems(404)})
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """Everything that happened to an alert, oldest first."""
        alert = get_object_or_404(Alert, pk=id)
        return Response({"results": TransitionSerializer(alert.transitions.all(), many=True).data, "next": None})
