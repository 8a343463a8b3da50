"""Saved searches: everybody's own, and those that are shared."""

import uuid
from typing import Any, cast

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError as ModelError
from django.db import IntegrityError, models, transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import MaySave
from search.api.fields import Flag, Text
from search.api.problems import ApiView, InConflict, problems
from search.saved import SavedSearch, seen_by

SHARE = "alerts.act_on_alert"  # what it takes to put something before everybody


class SavedSearchSerializer(serializers.ModelSerializer[Any]):
    """``url``: the page that shows it. ``owner`` is a user's name."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.BooleanField: Flag,
        models.CharField: Text,
        models.TextField: Text,
    }
    owner = serializers.CharField(source="owner.username", read_only=True)
    url = serializers.CharField(source="address", read_only=True)

    class Meta:
        model = SavedSearch
        fields = ("id", "name", "query", "range", "columns", "shared", "owner", "url", "created_at")
        read_only_fields = ("id", "created_at")
        # as long as it is written: the description knows of no trimming
        extra_kwargs = {name: {"trim_whitespace": False} for name in ("name", "query", "columns")}


class SavedSearchList(serializers.Serializer[Any]):
    results = SavedSearchSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class SavedView(ApiView):
    permission_classes = [MaySave]

    def save(self, request: Request, search: SavedSearch) -> Response:
        """409 for a name that the owner has given to another one."""
        given = SavedSearchSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        for name, value in given.validated_data.items():
            setattr(search, name, value)
        if search.shared and not request.user.has_perm(SHARE):
            raise PermissionDenied("sharing a search needs the role responder")
        try:
            search.clean()
            with transaction.atomic():
                search.save()
        except ModelError as error:
            raise ValidationError(error.message_dict) from error
        except IntegrityError as error:
            raise InConflict(f"there is a search named {search.name!r} already") from error
        return Response(SavedSearchSerializer(search).data)


class SavedSearchListView(SavedView):
    @extend_schema(operation_id="saved_searches_list", tags=["logs"], responses={200: SavedSearchList, **problems()})
    def get(self, request: Request) -> Response:
        """Your own searches and those that are shared, by name."""
        rows = SavedSearchSerializer(seen_by(request.user), many=True).data
        return Response({"results": rows, "next": None})

    @extend_schema(
        operation_id="saved_searches_create",
        tags=["logs"],
        request=SavedSearchSerializer,
        responses={201: SavedSearchSerializer, **problems(400, 403, 409)},
    )
    def post(self, request: Request) -> Response:
        """Keep a search under a name."""
        answer = self.save(request, SavedSearch(owner=cast(User, request.user)))
        answer.status_code = status.HTTP_201_CREATED
        return answer


class SavedSearchView(SavedView):
    @extend_schema(
        operation_id="saved_searches_retrieve",
        tags=["logs"],
        responses={200: SavedSearchSerializer, **problems(404)},
    )
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """One search."""
        return Response(SavedSearchSerializer(get_object_or_404(seen_by(request.user), pk=id)).data)

    @extend_schema(
        operation_id="saved_searches_update",
        tags=["logs"],
        request=SavedSearchSerializer,
        responses={200: SavedSearchSerializer, **problems(400, 403, 404, 409)},
    )
    def put(self, request: Request, id: uuid.UUID) -> Response:
        """Write one of your searches anew."""
        return self.save(request, get_object_or_404(own(request), pk=id))

    @extend_schema(operation_id="saved_searches_destroy", tags=["logs"], responses={204: None, **problems(403, 404)})
    def delete(self, request: Request, id: uuid.UUID) -> Response:
        """Forget one of your searches; a superuser may any that is shared."""
        get_object_or_404(own(request), pk=id).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


def own(request: Request) -> QuerySet[Any]:
    rows = seen_by(request.user)
    return rows if getattr(request.user, "is_superuser", False) else rows.filter(owner=request.user.pk)
