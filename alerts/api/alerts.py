"""Alerts: the list, one, its history, and what people do to it."""

import uuid
from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import MayAct
from alerts import lifecycle
from alerts.api.shapes import (
    AlertPage,
    AlertParams,
    AlertSerializer,
    Comment,
    TransitionList,
    TransitionSerializer,
    Why,
)
from alerts.event import alert_event
from alerts.models import Alert
from search.api.pages import Pages, params
from search.api.problems import ApiView, InConflict, problems

PAGES = Pages("last_seen", alert_event, alert_event)


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
        return Response(PAGES.answer(request, chosen(asked), asked, "alerts"))


def chosen(asked: dict[str, Any]) -> QuerySet[Alert]:
    wanted = Q()
    for name in ("status", "severity"):
        if values := asked.get(name):
            wanted &= Q(**{f"{name}__in": sorted(values)})
    for name in ("issue_code", "service"):
        if name in asked:
            wanted &= Q(**{name: asked[name]})
    return Alert.objects.filter(wanted).select_related("assignee")


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


class ActionView(ApiView):
    """What a person does to an alert. 409 when the alert is no longer in a state for it."""

    permission_classes = [MayAct]

    def act(self, action: Any, request: Request, id: uuid.UUID, body: type[Why] | type[Comment] = Why) -> Response:
        checked = body(data=request.data)
        checked.is_valid(raise_exception=True)
        get_object_or_404(Alert, pk=id)
        try:
            alert = action(id, request.user.get_username(), *checked.validated_data.values())
        except lifecycle.Conflict as conflict:
            raise InConflict(str(conflict)) from conflict
        return Response(alert_event(alert))


ACTED = {200: AlertSerializer, **problems(400, 403, 404, 409)}


class AcknowledgeView(ActionView):
    @extend_schema(operation_id="alerts_acknowledge", tags=["alerts"], request=Why, responses=ACTED)
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Somebody is on it: the alert stays quiet until it clears."""
        return self.act(lifecycle.acknowledge, request, id)


class ResolveView(ActionView):
    @extend_schema(operation_id="alerts_resolve", tags=["alerts"], request=Why, responses=ACTED)
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Done with; the rule counts from zero."""
        return self.act(lifecycle.resolve, request, id)


class ReopenView(ActionView):
    @extend_schema(operation_id="alerts_reopen", tags=["alerts"], request=Why, responses=ACTED)
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Open again what was resolved or acknowledged."""
        return self.act(lifecycle.reopen, request, id)


class CommentView(ActionView):
    @extend_schema(operation_id="alerts_comment", tags=["alerts"], request=Comment, responses=ACTED)
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Write something down for the others."""
        return self.act(lifecycle.comment, request, id, Comment)
