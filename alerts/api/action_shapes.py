"""What people send to act on alerts; each shape gives the action that it asks for."""

from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from alerts import lifecycle
from alerts.api.shapes import AlertFilter
from alerts.models import VERDICTS, Alert
from search.api.pages import Moment


class Why(serializers.Serializer[Any]):
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)


class Acknowledge(Why):
    def action(self) -> lifecycle.Action:
        return lifecycle.acknowledging()


class Resolve(Why):
    def action(self) -> lifecycle.Action:
        return lifecycle.resolving()


class Reopen(Why):
    def action(self) -> lifecycle.Action:
        return lifecycle.reopening()


class Assign(Why):
    assignee = serializers.CharField(allow_null=True, max_length=150, help_text="A user's name; null for nobody.")
    instead_of = serializers.CharField(
        required=False,
        allow_null=True,
        max_length=150,
        help_text="Only if it is still assigned to this user, or to nobody where null.",
    )

    def validate_assignee(self, name: str | None) -> User | None:
        if name is None:
            return None
        user = User.objects.filter(username=name, is_active=True).first()
        if user is None:
            raise ValidationError("there is no such user")
        return user

    def action(self) -> lifecycle.Action:
        asked = dict(self.validated_data)
        before = {"instead_of": asked["instead_of"]} if "instead_of" in asked else {}
        user = asked["assignee"]
        return lifecycle.assigning(user, **before) if user else lifecycle.unassigning(**before)


class Snooze(Why):
    """Until a time, or until so many more are counted; whichever comes first."""

    until = Moment(required=False, allow_null=True)
    more = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=10**9)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        until = asked.get("until")
        if until is None and asked.get("more") is None:
            raise ValidationError({"until": ["until when, or until how many more?"]})
        if until is not None and until <= timezone.now():
            raise ValidationError({"until": ["this time is over"]})
        return asked

    def action(self) -> lifecycle.Action:
        return lifecycle.snoozing(self.validated_data.get("until"), self.validated_data.get("more"))


class Verdict(Why):
    verdict = serializers.ChoiceField(choices=VERDICTS)

    def action(self) -> lifecycle.Action:
        return lifecycle.judging(self.validated_data["verdict"])


class Merge(Why):
    into = serializers.PrimaryKeyRelatedField(
        queryset=Alert.objects.all(), pk_field=serializers.UUIDField(), help_text="The alert that stays."
    )


class Comment(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=10_000)


# by the names that bulk takes, which are those of the addresses
ACTIONS: dict[str, type[Any]] = {
    "acknowledge": Acknowledge,
    "assign": Assign,
    "snooze": Snooze,
    "resolve": Resolve,
    "reopen": Reopen,
    "verdict": Verdict,
}


class Bulk(serializers.Serializer[Any]):
    """An action, the fields that it takes, and which alerts: by their ids, or all that meet a filter; an empty one is
    met by all."""

    action = serializers.ChoiceField(choices=list(ACTIONS))
    filter = AlertFilter(required=False)
    ids = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=10_000)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    assignee = serializers.CharField(required=False, allow_null=True, max_length=150)
    until = Moment(required=False, allow_null=True)
    more = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=10**9)
    verdict = serializers.ChoiceField(required=False, choices=VERDICTS)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if ("filter" in asked) == ("ids" in asked):
            raise ValidationError({"filter": ["give either ids or a filter"]})
        return asked


class BulkDone(serializers.Serializer[Any]):
    """How many the filter chose, and how many of them were not in a state for it, perhaps no longer."""

    matched = serializers.IntegerField()
    done = serializers.IntegerField()
    refused = serializers.IntegerField()
