"""Maintenance windows: read, written, and looked at before they are."""

import uuid

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import MayRead
from alerts.api import mute_shapes as shapes
from alerts.api.mutes import CHANGED, MutesView, checked
from alerts.event import iso
from alerts.models import Maintenance
from alerts.mutes import preview
from search.api.problems import ApiView, problems


class MaintenanceListView(MutesView):
    queryset = Maintenance.objects.all()
    shape = shapes.MaintenanceSerializer

    @extend_schema(
        operation_id="maintenance_list", tags=["mutes"], responses={200: shapes.MaintenanceList, **problems()}
    )
    def get(self, request: Request) -> Response:
        """All maintenance windows."""
        return self.listed(self.queryset.all())

    @extend_schema(
        operation_id="maintenance_create", tags=["mutes"], request=shape, responses={201: shape, **problems(400, 403)}
    )
    def post(self, request: Request) -> Response:
        """Mute what meets a query at times that come again."""
        return self.created(request)


class MaintenanceView(MutesView):
    queryset = Maintenance.objects.all()
    shape = shapes.MaintenanceSerializer

    @extend_schema(operation_id="maintenance_retrieve", tags=["mutes"], responses={200: shape, **problems(404)})
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """One maintenance window."""
        return Response(self.shape(self.one(id)).data)

    @extend_schema(operation_id="maintenance_update", tags=["mutes"], request=shape, responses={200: shape, **CHANGED})
    def put(self, request: Request, id: uuid.UUID) -> Response:
        """Write a maintenance window anew."""
        return self.changed(request, id)

    @extend_schema(
        operation_id="maintenance_partial_update",
        tags=["mutes"],
        request=shapes.MaintenanceSerializer(partial=True),
        responses={200: shape, **CHANGED},
    )
    def patch(self, request: Request, id: uuid.UUID) -> Response:
        """Change parts of a maintenance window."""
        return self.changed(request, id, partial=True)

    @extend_schema(operation_id="maintenance_destroy", tags=["mutes"], responses={204: None, **problems(403, 404)})
    def delete(self, request: Request, id: uuid.UUID) -> Response:
        """Remove a maintenance window."""
        return self.deleted(id)


class MaintenancePreviewView(ApiView):
    permission_classes = [MayRead]

    @extend_schema(
        operation_id="maintenance_preview",
        tags=["mutes"],
        request=shapes.MaintenanceDraft,
        responses={200: shapes.MaintenanceWouldMute, **problems(400)},
    )
    def post(self, request: Request) -> Response:
        """When a window would be in force, and what it would mute now. Nothing is stored."""
        draft = checked(shapes.MaintenanceDraft(data=request.data), Maintenance)
        spans = preview.occurrences(draft.spec(), timezone.now())
        found = [{"begins_at": iso(begin), "ends_at": iso(end)} for begin, end in spans]
        return Response(preview.as_json(preview.by_query(draft.query)) | {"occurrences": found})
