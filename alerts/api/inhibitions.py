"""Inhibitions: read, written, and looked at before they are."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import MayRead
from alerts.api import mute_shapes as shapes
from alerts.api.mutes import CHANGED, MutesView, checked
from alerts.models import Inhibition
from alerts.mutes import preview
from search.api.problems import ApiView, problems


class InhibitionListView(MutesView):
    queryset = Inhibition.objects.all()
    shape = shapes.InhibitionSerializer

    @extend_schema(
        operation_id="inhibitions_list", tags=["mutes"], responses={200: shapes.InhibitionList, **problems()}
    )
    def get(self, request: Request) -> Response:
        """All inhibitions."""
        return self.listed(self.queryset.all())

    @extend_schema(
        operation_id="inhibitions_create", tags=["mutes"], request=shape, responses={201: shape, **problems(400, 403)}
    )
    def post(self, request: Request) -> Response:
        """Let alerts mute others while they fire."""
        return self.created(request)


class InhibitionView(MutesView):
    queryset = Inhibition.objects.all()
    shape = shapes.InhibitionSerializer

    @extend_schema(operation_id="inhibitions_retrieve", tags=["mutes"], responses={200: shape, **problems(404)})
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """One inhibition."""
        return Response(self.shape(self.one(id)).data)

    @extend_schema(operation_id="inhibitions_update", tags=["mutes"], request=shape, responses={200: shape, **CHANGED})
    def put(self, request: Request, id: uuid.UUID) -> Response:
        """Write an inhibition anew."""
        return self.changed(request, id)

    @extend_schema(
        operation_id="inhibitions_partial_update",
        tags=["mutes"],
        request=shapes.InhibitionSerializer(partial=True),
        responses={200: shape, **CHANGED},
    )
    def patch(self, request: Request, id: uuid.UUID) -> Response:
        """Change parts of an inhibition."""
        return self.changed(request, id, partial=True)

    @extend_schema(operation_id="inhibitions_destroy", tags=["mutes"], responses={204: None, **problems(403, 404)})
    def delete(self, request: Request, id: uuid.UUID) -> Response:
        """Remove an inhibition."""
        return self.deleted(id)


class InhibitionPreviewView(ApiView):
    permission_classes = [MayRead]

    @extend_schema(
        operation_id="inhibitions_preview",
        tags=["mutes"],
        request=shapes.InhibitionDraft,
        responses={200: shapes.WouldMute, **problems(400)},
    )
    def post(self, request: Request) -> Response:
        """What an inhibition alone would mute right now. Nothing is stored."""
        draft = checked(shapes.InhibitionDraft(data=request.data), Inhibition)
        return Response(preview.as_json(preview.by_inhibition(draft.spec())))
