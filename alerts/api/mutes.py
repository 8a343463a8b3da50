"""What the views of silences, maintenance windows and inhibitions share."""

import uuid
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone
from rest_framework import status
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import MayChange
from alerts.api import mute_shapes as shapes
from alerts.mutes.turns import SOON, settle
from search.api.problems import ApiView, problems

CHANGED = problems(400, 403, 404)


class MutesView(ApiView):
    """A kind of mute. What is changed here shows at once in the alerts."""

    permission_classes = [MayChange]
    queryset: QuerySet[Any]
    shape: type[shapes.MuteSerializer]

    def listed(self, rows: QuerySet[Any]) -> Response:
        return Response({"results": self.shape(rows, many=True).data, "next": None})

    def one(self, id: uuid.UUID) -> Any:
        return get_object_or_404(self.queryset.all(), pk=id)

    def created(self, request: Request) -> Response:
        made = self.saved(self.shape(data=request.data), author=request.user.get_username())
        made.status_code = status.HTTP_201_CREATED
        return made

    def changed(self, request: Request, id: uuid.UUID, partial: bool = False) -> Response:
        return self.saved(self.shape(self.one(id), data=request.data, partial=partial))

    def saved(self, checked: shapes.MuteSerializer, **more: Any) -> Response:
        checked.is_valid(raise_exception=True)
        checked.save(**more)
        settle(timezone.now(), most=SOON)
        return Response(checked.data)

    def deleted(self, id: uuid.UUID) -> Response:
        mute: Model = self.one(id)
        mute.delete()
        settle(timezone.now(), most=SOON)
        return Response(status=status.HTTP_204_NO_CONTENT)


def checked(draft: Any, model: type[Model]) -> Any:
    draft.is_valid(raise_exception=True)
    return shapes.drafted(model, None, draft.validated_data)
