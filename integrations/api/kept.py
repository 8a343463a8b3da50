"""What the views of destinations and routes share: both are kept by slug, and every change is noted."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import status
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer

from accounts.permissions import MayChange
from integrations import history
from search.api.problems import ApiView


class KeptView(ApiView):
    permission_classes = [MayChange]
    queryset: QuerySet[Any]
    shape: type[ModelSerializer[Any]]

    def listed(self) -> Response:
        return Response({"results": self.shape(self.queryset.all(), many=True).data, "next": None})

    def one(self, slug: str) -> Any:
        return get_object_or_404(self.queryset.all(), slug=slug)

    def created(self, request: Request) -> Response:
        checked = self.shape(data=request.data)
        checked.is_valid(raise_exception=True)
        history.note(request.user, checked.save(), history.ADDITION, "made by the API")
        return Response(checked.data, status=status.HTTP_201_CREATED)

    def changed(self, request: Request, slug: str, partial: bool = False) -> Response:
        found = self.one(slug)
        was = history.state(found)
        checked = self.shape(found, data=request.data, partial=partial)
        checked.is_valid(raise_exception=True)
        saved = checked.save()
        history.note(request.user, saved, history.CHANGE, history.changes(was, history.state(self.one(saved.slug))))
        return Response(checked.data)

    def deleted(self, request: Request, slug: str) -> Response:
        found = self.one(slug)
        history.note(request.user, found, history.DELETION, "deleted by the API")
        found.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)
