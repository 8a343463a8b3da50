"""Lists in pages: newest first, by a time and the id, so that what arrives meanwhile moves nothing.

A list with a query is read in chunks and matched in memory. It looks at no more than ``SCAN_LIMIT`` rows a request:
a page may then be short, and its ``next`` goes on from the last row that was looked at.
"""

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Model, Q, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from query import QueryError, matcher
from search.api.problems import WrongQuery
from search.search import Place

SCAN_LIMIT = 20_000
CHUNK = 1_000
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
NO_CURSOR = "not a cursor that this list gave out"
M = TypeVar("M", bound=Model)


class Moment(serializers.DateTimeField):
    """A time that one may ask for, such that a day more or less is one too."""

    def to_internal_value(self, value: Any) -> datetime:
        moment = super().to_internal_value(value)
        if not FIRST <= moment <= LAST:
            raise ValidationError("must be between 1970 and 2200")
        return moment


class Filter(serializers.Serializer[Any]):
    """By what every list can be narrowed."""

    q = serializers.CharField(
        required=False, allow_blank=True, max_length=4000, help_text="A query in Lucene syntax; its cost is capped."
    )
    since = Moment(required=False, help_text="Not before this time (ISO 8601).")
    until = Moment(required=False, help_text="Before this time (ISO 8601).")


class PageParams(Filter):
    """What every list takes."""

    limit = serializers.IntegerField(required=False, min_value=1, max_value=200, default=50)
    cursor = serializers.CharField(required=False, max_length=400, help_text="From the ``next`` of the page before.")

    cursor_kind: type[Any] = Place  # a NamedTuple that begins with a time and an id

    def validate_cursor(self, value: str) -> Any:
        try:
            place = msgspec.json.decode(base64.urlsafe_b64decode(value.encode()), type=self.cursor_kind)
        except (binascii.Error, msgspec.MsgspecError, ValueError) as error:
            raise ValidationError(NO_CURSOR) from error
        if any(isinstance(part, datetime) and part.tzinfo is None for part in place) or "\0" in place.id:
            raise ValidationError(NO_CURSOR)
        return place


def params(request: Request, kind: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """The query string, checked; 400 names the parameter that is wrong."""
    # as a plain dict: of a form's data an empty value counts as not given
    lists = {name for name, field in kind().fields.items() if isinstance(field, serializers.MultipleChoiceField)}
    given = {name: values if name in lists else values[-1] for name, values in request.query_params.lists()}
    checked = kind(data=given)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def predicate(q: str, signal: str) -> Callable[[Any], bool] | None:
    """None for an empty query; 400 for one that can't be used."""
    if not q.strip():
        return None
    try:
        return matcher(q, signal)
    except QueryError as error:
        raise WrongQuery(error) from error


class Pages:
    """One list's order, and how its rows become what a query is matched against and what is answered. ``whole`` gives
    the rows found with all that is shown, where the list was read with less."""

    def __init__(
        self,
        time: str,
        candidate: Callable[[Any], Any],
        show: Callable[[Any], Any],
        whole: Callable[[list[Any]], list[Any]] = list,
    ) -> None:
        self.time, self.candidate, self.show, self.whole = time, candidate, show, whole

    def answer(self, request: Request, rows: QuerySet[M], asked: dict[str, Any], signal: str) -> dict[str, Any]:
        """``{"results": […], "next": url or None}``."""
        matches = predicate(asked.get("q", ""), signal)
        found, place = self.find(self.within(rows, asked), matches, asked["limit"], asked.get("cursor"))
        url = request.build_absolute_uri()
        return {
            "results": [self.show(row) for row in self.whole(found)],
            "next": replace_query_param(url, "cursor", written(place)) if place else None,
        }

    def within(self, rows: QuerySet[M], asked: dict[str, Any]) -> QuerySet[M]:
        if "since" in asked:
            rows = rows.filter(**{f"{self.time}__gte": asked["since"]})
        if "until" in asked:
            rows = rows.filter(**{f"{self.time}__lt": asked["until"]})
        return rows.order_by(f"-{self.time}", "-id")

    def find(
        self, rows: QuerySet[M], matches: Callable[[Any], bool] | None, limit: int, place: Place | None
    ) -> tuple[list[M], Place | None]:
        """Up to ``limit`` rows after ``place``, and from where to go on (None at the end)."""
        if matches is None:
            found = list(self.after(rows, place)[: limit + 1])
            return found[:limit], self.place(found[limit - 1]) if len(found) > limit else None
        found = []
        for _ in range(SCAN_LIMIT // CHUNK):
            chunk = list(self.after(rows, place)[:CHUNK])
            for row in chunk:
                place = self.place(row)
                if matches(self.candidate(row)):
                    found.append(row)
                    if len(found) == limit:
                        return found, place
            if len(chunk) < CHUNK:
                return found, None
        return found, place

    def after(self, rows: QuerySet[M], place: Place | None) -> QuerySet[M]:
        if place is None:
            return rows
        try:
            before = rows.model._meta.pk.to_python(place.id)
        except DjangoValidationError as error:
            raise ValidationError({"cursor": [NO_CURSOR]}) from error
        return rows.filter(Q(**{f"{self.time}__lt": place.at}) | Q(**{self.time: place.at, "id__lt": before}))

    def place(self, row: Any) -> Place:
        return Place(getattr(row, self.time), str(row.id))


def written(place: tuple[Any, ...]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode()
