"""What is sent and answered about tickets."""

from typing import Any

from rest_framework import serializers

from integrations.jira.drift import Difference


class TicketAsked(serializers.Serializer[Any]):
    destination = serializers.SlugField(required=False, help_text="Of kind jira; may be left out if there is one.")
    key = serializers.RegexField(
        r"^[A-Za-z][A-Za-z0-9_]*-[0-9]+$", required=False, max_length=60, help_text="Of an issue that there is."
    )


class Drift(serializers.Serializer[Any]):
    """``here``: what the alert says, ``there``: what the ticket does."""

    ticket = serializers.IntegerField()
    key = serializers.CharField()
    url = serializers.CharField()
    destination = serializers.CharField()
    alert = serializers.UUIDField()
    what = serializers.ChoiceField(choices=("status", "assignee", "gone"))
    here = serializers.CharField()
    there = serializers.CharField()


class DriftList(serializers.Serializer[Any]):
    results = Drift(many=True)


class Settle(serializers.Serializer[Any]):
    what = serializers.ChoiceField(choices=("status", "assignee", "gone"))
    side = serializers.ChoiceField(choices=("here", "there"))


def drift_of(one: Difference) -> dict[str, Any]:
    return {
        "ticket": one.ticket.pk,
        "key": one.ticket.key,
        "url": one.ticket.url,
        "destination": one.ticket.destination.slug,
        "alert": str(one.alert.pk),
        "what": one.what,
        "here": one.here,
        "there": one.there,
    }
