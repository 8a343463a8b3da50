"""The API of automation: actions, the dry run of an alert's action, asking, approving, rejecting, and what was run."""

import uuid
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import MayAutomate, MayChange, MayRead
from alerts.models import Alert
from integrations import history
from integrations.automation import runs
from integrations.automation import shapes as shapes
from integrations.automation.shown import automation, run_event
from integrations.models import Action, ActionRun
from search.api.pages import params
from search.api.problems import ApiView, InConflict, problems
from telemetry.storable import storable

LISTED = 200
DONE = {200: shapes.RunSerializer, **problems(400, 403, 404, 409)}


class ActionListView(ApiView):
    permission_classes = [MayChange]
    queryset = Action.objects.all()

    @extend_schema(operation_id="actions_list", tags=["automation"], responses={200: shapes.ActionList, **problems()})
    def get(self, request: Request) -> Response:
        """The actions that alerts can name."""
        return Response({"results": shapes.ActionSerializer(self.queryset.all(), many=True).data, "next": None})

    @extend_schema(
        operation_id="actions_create",
        tags=["automation"],
        request=shapes.ActionSerializer,
        responses={201: shapes.ActionSerializer, **problems(400, 403)},
    )
    def post(self, request: Request) -> Response:
        """Make an action. Its name is what an issue's automation_action says."""
        return saved(shapes.ActionSerializer(data=request.data), request, status.HTTP_201_CREATED)


class ActionView(ApiView):
    permission_classes = [MayChange]
    queryset = Action.objects.all()

    @extend_schema(
        operation_id="actions_retrieve", tags=["automation"], responses={200: shapes.ActionSerializer, **problems(404)}
    )
    def get(self, request: Request, name: str) -> Response:
        """One action."""
        return Response(shapes.ActionSerializer(named(name)).data)

    @extend_schema(
        operation_id="actions_partial_update",
        tags=["automation"],
        request=shapes.ActionSerializer(partial=True),
        responses={200: shapes.ActionSerializer, **problems(400, 403, 404)},
    )
    def patch(self, request: Request, name: str) -> Response:
        """Change parts of an action. What was approved before and would call otherwise now is not called."""
        return saved(shapes.ActionSerializer(named(name), data=request.data, partial=True), request)


def named(name: str) -> Action:
    return get_object_or_404(Action, name=storable(name))


def saved(shape: shapes.ActionSerializer, request: Request, code: int = status.HTTP_200_OK) -> Response:
    shape.is_valid(raise_exception=True)
    was = history.state(shape.instance) if isinstance(shape.instance, Action) else None
    action = shape.save(changed_by=request.user.get_username())
    words = history.changes(was, history.state(action)) if was else "made by the API"
    history.note(request.user, action, history.CHANGE if was else history.ADDITION, words)
    return Response(shapes.ActionSerializer(action).data, status=code)


class RunListView(ApiView):
    permission_classes = [MayRead]

    @extend_schema(
        operation_id="action_runs_list",
        tags=["automation"],
        parameters=[shapes.RunParams],
        responses={200: shapes.RunList, **problems(400)},
    )
    def get(self, request: Request) -> Response:
        """What was suggested, approved and run, the last ones first; 200 at most."""
        asked = params(request, shapes.RunParams)
        rows = ActionRun.objects.select_related("action")
        rows = rows.filter(state=asked["state"]) if "state" in asked else rows
        rows = rows.filter(action__name=storable(asked["action"])) if "action" in asked else rows
        return Response({"results": [run_event(run) for run in rows[:LISTED]], "next": None})


class AlertActionView(ApiView):
    permission_classes = [MayRead]

    @extend_schema(
        operation_id="alerts_action", tags=["automation"], responses={200: shapes.AlertAction, **problems(404)}
    )
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """A dry run: the exact call that the alert's action would make, and what was made. Nothing is called."""
        found = automation(alert_of(id))
        if found is None:
            raise NotFound("the alert names no action that is set up")
        return Response(found)


class DeedView(ApiView):
    """409 where the run is not in the state for it, or the call is not the one that was seen."""

    permission_classes = [MayAutomate]

    def done(self, deed: Any, *given: Any) -> Response:
        try:
            run = deed(*given, timezone.now())
        except runs.Conflict as conflict:
            raise InConflict(str(conflict)) from conflict
        except runs.NotYours as refused:
            raise PermissionDenied(str(refused)) from refused
        return Response(run_event(run))

    def run_of(self, id: uuid.UUID, run: uuid.UUID) -> uuid.UUID:
        return get_object_or_404(ActionRun, pk=run, alert=alert_of(id)).pk


class AskView(DeedView):
    @extend_schema(operation_id="alerts_action_ask", tags=["automation"], request=shapes.Ask, responses=DONE)
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Run the alert's action, or if it is risky ask for somebody else's approval."""
        asked = checked(shapes.Ask(data=request.data))
        alert = alert_of(id)
        action = get_object_or_404(Action, name=alert.automation_action)
        return self.done(runs.ask, action, alert, request.user.get_username(), asked["call_hash"])


class ApproveView(DeedView):
    @extend_schema(operation_id="alerts_action_approve", tags=["automation"], request=shapes.Approve, responses=DONE)
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Approve exactly the call of this hash. What is risky is approved by another than who asked for it (403)."""
        asked = checked(shapes.Approve(data=request.data))
        run = self.run_of(id, asked["run"])
        return self.done(runs.approve, run, request.user.get_username(), asked["call_hash"])


class RejectView(DeedView):
    @extend_schema(operation_id="alerts_action_reject", tags=["automation"], request=shapes.Reject, responses=DONE)
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """It is not to be run."""
        asked = checked(shapes.Reject(data=request.data))
        return self.done(runs.reject, self.run_of(id, asked["run"]), request.user.get_username(), asked["reason"])


def alert_of(id: uuid.UUID) -> Alert:
    return get_object_or_404(Alert.objects.select_related("assignee"), pk=id)


def checked(shape: Any) -> dict[str, Any]:
    shape.is_valid(raise_exception=True)
    return dict(shape.validated_data)
