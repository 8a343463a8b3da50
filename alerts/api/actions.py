"""What people do to alerts: to one, or to all that a filter chooses."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import MayAct
from alerts import lifecycle
from alerts.api import action_shapes as shapes
from alerts.api.chosen import ids
from alerts.api.shapes import AlertSerializer
from alerts.event import alert_event
from alerts.models import Alert
from search.api.problems import ApiView, InConflict, problems

ACTED = {200: AlertSerializer, **problems(400, 403, 404, 409)}


def checked(shape: Any, request: Request) -> Any:
    found = shape(data=request.data)
    found.is_valid(raise_exception=True)
    return found


class ActionView(ApiView):
    """409 when the alert is no longer in a state for the action."""

    permission_classes = [MayAct]

    def act(self, shape: Any, request: Request, id: uuid.UUID) -> Response:
        asked = checked(shape, request)
        get_object_or_404(Alert, pk=id)
        try:
            alert = lifecycle.act(id, asked.action(), request.user.get_username(), asked.validated_data["reason"])
        except lifecycle.Conflict as conflict:
            raise InConflict(str(conflict)) from conflict
        return Response(alert_event(alert))


class AcknowledgeView(ActionView):
    @extend_schema(operation_id="alerts_acknowledge", tags=["alerts"], request=shapes.Acknowledge, responses=ACTED)
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Somebody is on it: the alert stays quiet until it clears."""
        return self.act(shapes.Acknowledge, request, id)


class AssignView(ActionView):
    @extend_schema(operation_id="alerts_assign", tags=["alerts"], request=shapes.Assign, responses=ACTED)
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Say who is to look after it."""
        return self.act(shapes.Assign, request, id)


class SnoozeView(ActionView):
    @extend_schema(operation_id="alerts_snooze", tags=["alerts"], request=shapes.Snooze, responses=ACTED)
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Not now: it wakes by itself at a time, or when it has counted on so far."""
        return self.act(shapes.Snooze, request, id)


class ResolveView(ActionView):
    @extend_schema(operation_id="alerts_resolve", tags=["alerts"], request=shapes.Resolve, responses=ACTED)
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Done with; the rule counts from zero."""
        return self.act(shapes.Resolve, request, id)


class ReopenView(ActionView):
    @extend_schema(operation_id="alerts_reopen", tags=["alerts"], request=shapes.Reopen, responses=ACTED)
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Open again what was resolved, merged, acknowledged or snoozed."""
        return self.act(shapes.Reopen, request, id)


class VerdictView(ActionView):
    @extend_schema(operation_id="alerts_verdict", tags=["alerts"], request=shapes.Verdict, responses=ACTED)
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Was it real, noise, or known already? The rule's scorecard counts it."""
        return self.act(shapes.Verdict, request, id)


class MergeView(ActionView):
    @extend_schema(operation_id="alerts_merge", tags=["alerts"], request=shapes.Merge, responses=ACTED)
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """The same as another alert: resolve it, and let the other one count and tell what it does from now on."""
        asked = checked(shapes.Merge, request).validated_data
        get_object_or_404(Alert, pk=id)
        try:
            alert = lifecycle.merge(id, asked["into"].pk, request.user.get_username(), asked["reason"])
        except lifecycle.Conflict as conflict:
            raise InConflict(str(conflict)) from conflict
        return Response(alert_event(alert))


class CommentView(ActionView):
    @extend_schema(operation_id="alerts_comment", tags=["alerts"], request=shapes.Comment, responses=ACTED)
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Write something down for the others."""
        asked = checked(shapes.Comment, request).validated_data
        get_object_or_404(Alert, pk=id)
        return Response(alert_event(lifecycle.comment(id, request.user.get_username(), asked["text"])))


class BulkView(ApiView):
    permission_classes = [MayAct]

    @extend_schema(
        operation_id="alerts_bulk",
        tags=["alerts"],
        request=shapes.Bulk,
        responses={200: shapes.BulkDone, **problems(400, 403, 409)},
    )
    def post(self, request: Request) -> Response:
        """Act on all alerts that meet a filter, at once: all of it or, if it fails, nothing."""
        bulk = checked(shapes.Bulk, request).validated_data
        asked = checked(shapes.ACTIONS[bulk["action"]], request)
        chosen = [pk.hex for pk in bulk["ids"]] if "ids" in bulk else ids(bulk["filter"])
        try:
            done = lifecycle.act_on_all(
                chosen, asked.action(), request.user.get_username(), asked.validated_data["reason"]
            )
        except lifecycle.Conflict as conflict:
            raise InConflict(str(conflict)) from conflict
        return Response({"matched": len(chosen), "done": done, "refused": len(chosen) - done})
