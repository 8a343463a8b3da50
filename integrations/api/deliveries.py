"""Deliveries: the list, one with its attempts, and once more."""

from drf_spectacular.utils import extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import MayRedeliver
from integrations.api import shapes
from integrations.delivery.redeliver import MOST, redeliver
from integrations.models import Delivery
from search.api.pages import Pages, params
from search.api.problems import ApiView, InConflict, problems

PAGES = Pages("planned_at", lambda row: row, lambda row: shapes.DeliverySerializer(row).data)
ROWS = Delivery.objects.select_related("destination", "transition", "thread", "thread__route")
LOOKUPS = {"state": "state", "destination": "destination__slug", "alert": "alert"}
TAGS = ["deliveries"]


class DeliveryListView(ApiView):
    @extend_schema(
        operation_id="deliveries_list",
        tags=TAGS,
        parameters=[shapes.DeliveryParams],
        responses={200: shapes.DeliveryPage, **problems(400)},
    )
    def get(self, request: Request) -> Response:
        """What destinations are to be told and were, newest first."""
        asked = params(request, shapes.DeliveryParams)
        rows = ROWS.filter(**{lookup: asked[name] for name, lookup in LOOKUPS.items() if name in asked})
        return Response(PAGES.answer(request, rows, asked, "alerts"))


class DeliveryView(ApiView):
    @extend_schema(
        operation_id="deliveries_retrieve", tags=TAGS, responses={200: shapes.DeliveryInFull, **problems(404)}
    )
    def get(self, request: Request, id: int) -> Response:
        """One, with every attempt."""
        return Response(shapes.DeliveryInFull(get_object_or_404(ROWS, pk=id)).data)


class RedeliverOneView(ApiView):
    permission_classes = [MayRedeliver]

    @extend_schema(
        operation_id="deliveries_redeliver_one",
        tags=TAGS,
        request=None,
        responses={200: shapes.DeliverySerializer, **problems(403, 404, 409)},
    )
    def post(self, request: Request, id: int) -> Response:
        """Tell it once more. 409 while it still waits."""
        get_object_or_404(ROWS, pk=id)
        if not redeliver([id]):
            raise InConflict("it waits to be told")
        return Response(shapes.DeliverySerializer(ROWS.get(pk=id)).data)


class RedeliverView(ApiView):
    permission_classes = [MayRedeliver]

    @extend_schema(
        operation_id="deliveries_redeliver",
        tags=TAGS,
        request=shapes.Redeliver,
        responses={200: shapes.Redelivered, **problems(400, 403)},
    )
    def post(self, request: Request) -> Response:
        """Tell once more: the given deliveries, or up to 1,000 that a destination was given up on, oldest first."""
        checked = shapes.Redeliver(data=request.data)
        checked.is_valid(raise_exception=True)
        asked = checked.validated_data
        if "ids" in asked:
            return Response({"redelivered": redeliver(asked["ids"]), "left": 0})
        given_up = Delivery.objects.filter(destination__slug=asked["destination"], state="given_up")
        count = redeliver(given_up.order_by("id").values_list("pk", flat=True)[:MOST])
        return Response({"redelivered": count, "left": given_up.count()})
