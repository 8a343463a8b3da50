"""Tickets of alerts: asked for by hand, and where they and their alerts don't say the same."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import MayAct, MayRead
from alerts import lifecycle
from alerts.api.shapes import AlertSerializer
from alerts.event import alert_event
from alerts.models import Alert
from integrations.api.ticket_shapes import DriftList, Settle, TicketAsked, drift_of
from integrations.destinations.kind import Passing, Permanent
from integrations.jira import byhand
from integrations.jira.drift import differences, settle
from integrations.models import Destination
from integrations.sealed import Unsealable
from search.api.problems import ApiView, InConflict, Later, problems

TAGS = ["tickets"]
AGAIN_SECONDS = 5


@contextmanager
def as_problems() -> Iterator[None]:
    try:
        yield
    except Passing as error:
        raise Later(f"Jira: {error}", int(error.retry_after or AGAIN_SECONDS)) from error
    except (Permanent, Unsealable, lifecycle.Conflict) as error:
        raise InConflict(str(error)) from error


class AlertTicketView(ApiView):
    permission_classes = [MayAct]

    @extend_schema(
        operation_id="alerts_ticket",
        tags=TAGS,
        request=TicketAsked,
        responses={200: AlertSerializer, **problems(400, 403, 404, 409, 503)},
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """Make the alert's ticket now, or link it with an issue that there is."""
        asked = TicketAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        alert = get_object_or_404(Alert.objects.select_related("assignee"), pk=id)
        destination, by = chosen(asked.validated_data.get("destination")), request.user.get_username()
        with as_problems():
            if key := asked.validated_data.get("key"):
                byhand.link(alert, destination, key, by)
            else:
                byhand.create(alert, destination, by)
        return Response(alert_event(Alert.objects.select_related("assignee").get(pk=id)))


def chosen(slug: str | None) -> Destination:
    """The one that is named, or the only one."""
    found = list(Destination.objects.filter(kind="jira", enabled=True, **({"slug": slug} if slug else {}))[:2])
    if len(found) == 1:
        return found[0]
    raise ValidationError({"destination": ["name one of them" if found else "no Jira is connected"]})


class DriftView(ApiView):
    permission_classes = [MayRead]

    @extend_schema(operation_id="tickets_drift", tags=TAGS, responses={200: DriftList, **problems()})
    def get(self, request: Request) -> Response:
        """Where tickets and alerts don't say the same, by what was heard last."""
        return Response({"results": [drift_of(one) for one in differences()]})


class SettleView(ApiView):
    permission_classes = [MayAct]

    @extend_schema(
        operation_id="tickets_settle",
        tags=TAGS,
        request=Settle,
        responses={204: None, **problems(400, 403, 404, 409, 503)},
    )
    def post(self, request: Request, id: int) -> Response:
        """Let one side's state be the other's: ``here`` changes the ticket, ``there`` the alert."""
        asked = Settle(data=request.data)
        asked.is_valid(raise_exception=True)
        data: dict[str, Any] = asked.validated_data
        found = next((one for one in differences() if one.ticket.pk == id and one.what == data["what"]), None)
        if found is None:
            raise InConflict("they say the same by now")
        with as_problems():
            settle(found, data["side"], request.user.get_username())
        return Response(status=204)
