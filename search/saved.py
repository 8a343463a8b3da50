"""Searches that people keep under a name: for themselves, or shared with everybody."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, QuerySet
from django.http import QueryDict

from query import QueryError, parse
from search.ranges import RANGES
from search.record import columns


def range_choices() -> list[tuple[str, str]]:
    return [(name, words) for name, (words, _) in RANGES.items()]


class SavedSearch(models.Model):
    """What the search page's address holds, without what changes from day to day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", editable=False)
    name = models.CharField(max_length=100)
    query = models.TextField(max_length=4000, blank=True)
    range = models.CharField(max_length=4, choices=range_choices, default="1h")
    columns = models.CharField(max_length=500, blank=True, help_text="Fields shown beside the message, with commas.")
    shared = models.BooleanField(default=False, help_text="Whether everybody sees it.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name", "id")
        constraints = (models.UniqueConstraint(fields=("owner", "name"), name="saved_search_name"),)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        try:
            parse(self.query, "logs")
        except QueryError as error:
            raise ValidationError({"query": str(error)}) from error
        self.columns = ",".join(columns(self.columns))

    @property
    def address(self) -> str:
        place = QueryDict(mutable=True)
        place.update({"q": self.query, "range": self.range, "cols": self.columns})
        return f"/search/?{place.urlencode()}"


def seen_by(user: AbstractBaseUser | AnonymousUser) -> QuerySet[Any]:
    """A person's own, and those that are shared."""
    return SavedSearch.objects.filter(Q(owner=user.pk) | Q(shared=True)).select_related("owner")
