"""Destinations: read, written, and tried."""

from drf_spectacular.utils import extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import MayRewrite
from integrations.api import shapes
from integrations.api.kept import KeptView
from integrations.delivery.trial import trial
from integrations.models import Destination
from search.api.problems import ApiView, problems

CHANGED = problems(400, 403, 404)
TAGS = ["destinations"]


class DestinationListView(KeptView):
    queryset = Destination.objects.all()
    shape = shapes.DestinationSerializer

    @extend_schema(operation_id="destinations_list", tags=TAGS, responses={200: shapes.DestinationList, **problems()})
    def get(self, request: Request) -> Response:
        """All destinations, without their secrets."""
        return self.listed()

    @extend_schema(
        operation_id="destinations_create", tags=TAGS, request=shape, responses={201: shape, **problems(400, 403)}
    )
    def post(self, request: Request) -> Response:
        """Make a destination. It hears of what happens from now on, where a route leads to it."""
        return self.created(request)


class DestinationView(KeptView):
    queryset = Destination.objects.all()
    shape = shapes.DestinationSerializer

    @extend_schema(operation_id="destinations_retrieve", tags=TAGS, responses={200: shape, **problems(404)})
    def get(self, request: Request, slug: str) -> Response:
        """One destination."""
        return Response(self.shape(self.one(slug)).data)

    @extend_schema(operation_id="destinations_update", tags=TAGS, request=shape, responses={200: shape, **CHANGED})
    def put(self, request: Request, slug: str) -> Response:
        """Write a destination anew; secrets that are not given stay."""
        return self.changed(request, slug)

    @extend_schema(
        operation_id="destinations_partial_update",
        tags=TAGS,
        request=shapes.DestinationSerializer(partial=True),
        responses={200: shape, **CHANGED},
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change parts of a destination."""
        return self.changed(request, slug, partial=True)

    @extend_schema(operation_id="destinations_destroy", tags=TAGS, responses={204: None, **problems(403, 404)})
    def delete(self, request: Request, slug: str) -> Response:
        """Remove a destination, and what it was told; to keep that, switch it off."""
        return self.deleted(request, slug)


class DestinationTestView(ApiView):
    permission_classes = [MayRewrite]
    queryset = Destination.objects.all()

    @extend_schema(
        operation_id="destinations_test",
        tags=TAGS,
        request=None,
        responses={200: shapes.DestinationTrial, **problems(403, 404)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Try it for real, step by step, as far as that tells nobody of an alert."""
        found = [step._asdict() for step in trial(get_object_or_404(self.queryset, slug=slug))]
        return Response({"passed": all(step["passed"] for step in found), "steps": found})
