"""Silences: read, written, ended, and looked at before they are made."""

import uuid

from django.db.models import Q
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import MayRead
from alerts.api import mute_shapes as shapes
from alerts.api.mutes import CHANGED, MutesView, checked
from alerts.models import Silence
from alerts.mutes import preview
from alerts.mutes.turns import SOON, settle
from search.api.pages import params
from search.api.problems import ApiView, InConflict, problems


class SilenceListView(MutesView):
    queryset = Silence.objects.all()
    shape = shapes.SilenceSerializer

    @extend_schema(
        operation_id="silences_list",
        tags=["mutes"],
        parameters=[shapes.SilenceParams],
        responses={200: shapes.SilenceList, **problems(400)},
    )
    def get(self, request: Request) -> Response:
        """Silences, the last to end first."""
        asked = params(request, shapes.SilenceParams).get("state") or {"pending", "active"}
        now = timezone.now()
        wanted = Q(pk__in=[])
        for state, rows in (
            ("pending", Q(starts_at__gt=now)),
            ("active", Q(starts_at__lte=now, ends_at__gt=now)),
            ("ended", Q(ends_at__lte=now)),
        ):
            wanted |= rows if state in asked else Q(pk__in=[])
        return self.listed(self.queryset.filter(wanted))

    @extend_schema(
        operation_id="silences_create",
        tags=["mutes"],
        request=shapes.SilenceSerializer,
        responses={201: shapes.SilenceSerializer, **problems(400, 403)},
    )
    def post(self, request: Request) -> Response:
        """Mute what meets a query for a time."""
        return self.created(request)


class SilenceView(MutesView):
    queryset = Silence.objects.all()
    shape = shapes.SilenceSerializer

    @extend_schema(operation_id="silences_retrieve", tags=["mutes"], responses={200: shape, **problems(404)})
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """One silence."""
        return Response(self.shape(self.one(id)).data)

    @extend_schema(operation_id="silences_update", tags=["mutes"], request=shape, responses={200: shape, **CHANGED})
    def put(self, request: Request, id: uuid.UUID) -> Response:
        """Write a silence anew."""
        return self.changed(request, id)

    @extend_schema(
        operation_id="silences_partial_update",
        tags=["mutes"],
        request=shapes.SilenceSerializer(partial=True),
        responses={200: shape, **CHANGED},
    )
    def patch(self, request: Request, id: uuid.UUID) -> Response:
        """Change parts of a silence."""
        return self.changed(request, id, partial=True)

    @extend_schema(operation_id="silences_destroy", tags=["mutes"], responses={204: None, **problems(403, 404)})
    def delete(self, request: Request, id: uuid.UUID) -> Response:
        """Remove a silence, and the knowledge of it; to keep that, end it."""
        return self.deleted(id)


class SilenceEndView(MutesView):
    queryset = Silence.objects.all()
    shape = shapes.SilenceSerializer

    @extend_schema(
        operation_id="silences_end", tags=["mutes"], request=None, responses={200: shape, **problems(403, 404, 409)}
    )
    def post(self, request: Request, id: uuid.UUID) -> Response:
        """End a silence now. What still fires is said once. 409 when it has ended already."""
        if not self.one(id).end(timezone.now()):
            raise InConflict("the silence has ended")
        settle(timezone.now(), most=SOON)
        return Response(self.shape(self.one(id)).data)


class SilencePreviewView(ApiView):
    permission_classes = [MayRead]

    @extend_schema(
        operation_id="silences_preview",
        tags=["mutes"],
        request=shapes.SilenceDraft,
        responses={200: shapes.WouldMute, **problems(400)},
    )
    def post(self, request: Request) -> Response:
        """What a silence would mute right now. Nothing is stored."""
        draft = checked(shapes.SilenceDraft(data=request.data), Silence)
        return Response(preview.as_json(preview.by_query(draft.query)))
