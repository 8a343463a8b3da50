"""Routes: read, written, and asked where an alert would go."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import MayRead
from alerts.event import alert_event
from alerts.models import Alert
from integrations.api import shapes
from integrations.api.kept import KeptView
from integrations.models import Route
from integrations.routes.explain import whereto
from search.api.problems import ApiView, problems

CHANGED = problems(400, 403, 404)
TAGS = ["routes"]


class RouteListView(KeptView):
    queryset = Route.objects.prefetch_related("destinations")
    shape = shapes.RouteSerializer

    @extend_schema(operation_id="routes_list", tags=TAGS, responses={200: shapes.RouteList, **problems()})
    def get(self, request: Request) -> Response:
        """All routes, in the order in which they are tried."""
        return self.listed()

    @extend_schema(operation_id="routes_create", tags=TAGS, request=shape, responses={201: shape, **problems(400, 403)})
    def post(self, request: Request) -> Response:
        """Make a route. It leads alerts from the next one on."""
        return self.created(request)


class RouteView(KeptView):
    queryset = Route.objects.prefetch_related("destinations")
    shape = shapes.RouteSerializer

    @extend_schema(operation_id="routes_retrieve", tags=TAGS, responses={200: shape, **problems(404)})
    def get(self, request: Request, slug: str) -> Response:
        """One route."""
        return Response(self.shape(self.one(slug)).data)

    @extend_schema(operation_id="routes_update", tags=TAGS, request=shape, responses={200: shape, **CHANGED})
    def put(self, request: Request, slug: str) -> Response:
        """Write a route anew."""
        return self.changed(request, slug)

    @extend_schema(
        operation_id="routes_partial_update",
        tags=TAGS,
        request=shapes.RouteSerializer(partial=True),
        responses={200: shape, **CHANGED},
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change parts of a route."""
        return self.changed(request, slug, partial=True)

    @extend_schema(operation_id="routes_destroy", tags=TAGS, responses={204: None, **problems(403, 404)})
    def delete(self, request: Request, slug: str) -> Response:
        """Remove a route. Whom it led to hears of the alerts that fire until they are resolved."""
        return self.deleted(request, slug)


class RouteTestView(ApiView):
    permission_classes = [MayRead]

    @extend_schema(
        operation_id="routes_test",
        tags=TAGS,
        request=shapes.RouteTest,
        responses={200: shapes.WhereTo, **problems(400, 404)},
    )
    def post(self, request: Request) -> Response:
        """Where an alert would go, and why: each route with the clauses that were met and those that failed."""
        checked = shapes.RouteTest(data=request.data)
        checked.is_valid(raise_exception=True)
        asked = checked.validated_data
        if ("alert" in asked) == ("event" in asked):
            raise ValidationError({"alert": ["give either alert or event"]})
        event = alert_event(get_object_or_404(Alert, pk=asked["alert"])) if "alert" in asked else asked["event"]
        return Response(whereto(event, asked.get("at") or timezone.now()))
