"""What the API of mutes takes and answers."""

from typing import Any

from django.core.exceptions import ValidationError as ModelError
from django.db import models
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from alerts.api.shapes import AlertSerializer
from alerts.models import Inhibition, Maintenance, Silence
from search.api.fields import Flag, Text
from telemetry.storable import storable

SILENCE_STATES = ("pending", "active", "ended")
OWN = ("author", "created_at")  # what the server says


class Name(Text):
    """Without what databases differ about: a name is looked for in them before it is refused."""

    def to_internal_value(self, data: Any) -> str:
        return str(storable(super().to_internal_value(data)))


@extend_schema_field({"type": "string", "pattern": r"^\d\d:\d\d(:\d\d)?$", "example": "22:00:00"})
class WallTime(serializers.TimeField):
    """A time of day without a zone, which JSON Schema's ``time`` always has."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M:%S", input_formats=["%H:%M:%S", "%H:%M"], **kwargs)


FIELDS = serializers.ModelSerializer.serializer_field_mapping | {
    models.BooleanField: Flag,
    models.CharField: Name,
    models.TextField: Text,
    models.TimeField: WallTime,
}


class MuteSerializer(serializers.ModelSerializer[Any]):
    """Checked as the model itself checks, so that API and admin refuse the same."""

    serializer_field_mapping = FIELDS

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        drafted(self.Meta.model, self.instance, attrs)
        return attrs


def drafted(model: type[Any], instance: Any, changes: dict[str, Any]) -> Any:
    """What isn't saved: the given one, or a new one, with the changes; 400 says by field what is wrong with it."""
    names = [field.attname for field in model._meta.concrete_fields]
    values = {name: getattr(instance, name) for name in names} if instance else {}
    draft = model(**values | changes)
    try:
        draft.clean()
    except ModelError as error:
        raise ValidationError(error.message_dict) from error
    return draft


class SilenceSerializer(MuteSerializer):
    """Alerts that meet the query are muted from ``starts_at`` until ``ends_at``."""

    state = serializers.SerializerMethodField()

    class Meta:
        model = Silence
        fields = ("id", "query", "reason", "starts_at", "ends_at", "state", *OWN)
        read_only_fields = ("id", *OWN)
        extra_kwargs = {"ends_at": {"required": True}}

    def get_state(self, silence: Silence) -> str:
        return silence.state(timezone.now())


class MaintenanceSerializer(MuteSerializer):
    """Alerts that meet the query are muted for ``minutes`` from ``begins`` on, by the clocks of ``time_zone``, on the
    days of the ``recurrence``."""

    class Meta:
        model = Maintenance
        fields = (
            *("id", "name", "enabled", "query", "reason", "first_day", "begins", "minutes", "time_zone", "recurrence"),
            *OWN,
        )
        read_only_fields = ("id", *OWN)


class InhibitionSerializer(MuteSerializer):
    """While an alert that meets ``source`` fires, those that meet ``target`` and have the same values in the fields
    ``equal`` are muted."""

    equal = serializers.ListField(child=Text(max_length=200), required=False, max_length=10)

    class Meta:
        model = Inhibition
        fields = ("id", "name", "enabled", "source", "target", "equal", "reason", *OWN)
        read_only_fields = ("id", *OWN)


class SilenceList(serializers.Serializer[Any]):
    results = SilenceSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class MaintenanceList(serializers.Serializer[Any]):
    results = MaintenanceSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class InhibitionList(serializers.Serializer[Any]):
    results = InhibitionSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class SilenceParams(serializers.Serializer[Any]):
    state = serializers.MultipleChoiceField(
        choices=SILENCE_STATES, required=False, help_text="Without it all but ended."
    )


class SilenceDraft(serializers.Serializer[Any]):
    query = Text(max_length=4000)


class MaintenanceDraft(serializers.ModelSerializer[Maintenance]):
    serializer_field_mapping = FIELDS

    class Meta:
        model = Maintenance
        fields = ("query", "first_day", "begins", "minutes", "time_zone", "recurrence")


class InhibitionDraft(serializers.ModelSerializer[Inhibition]):
    serializer_field_mapping = FIELDS

    equal = serializers.ListField(child=Text(max_length=200), required=False, max_length=10)

    class Meta:
        model = Inhibition
        fields = ("source", "target", "equal")


class WouldMute(serializers.Serializer[Any]):
    """What would be muted now: how many alerts, and up to 50 of them."""

    count = serializers.IntegerField()
    alerts = AlertSerializer(many=True)


class Occurrence(serializers.Serializer[Any]):
    begins_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class MaintenanceWouldMute(WouldMute):
    """``count`` and ``alerts``: what meets the query now, whether the window is in force or not."""

    occurrences = Occurrence(many=True)
