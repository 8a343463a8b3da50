"""What the API of destinations, routes and deliveries takes and answers."""

from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from alerts.api.mute_shapes import drafted
from integrations import configured
from integrations.delivery.redeliver import MOST
from integrations.destinations import KINDS
from integrations.models import Attempt, Delivery, Destination, Route
from integrations.models.delivery import OUTCOMES, STATES
from integrations.sealed import Unsealable
from search.api.fields import Flag, Text
from search.api.pages import Moment, PageParams
from telemetry.storable import storable

FIELDS = serializers.ModelSerializer.serializer_field_mapping | {
    models.BooleanField: Flag,
    models.CharField: Text,
    models.TextField: Text,
}
BIGGEST = 2**63 - 1


class Bag(serializers.DictField):
    """Names with their values."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        return dict(storable(super().to_internal_value(data)))


class DestinationSerializer(serializers.ModelSerializer[Destination]):
    """``settings``: what the kind asks for. ``secrets`` are set and never shown again; ``secrets_set`` says which there
    are. An empty secret is removed."""

    serializer_field_mapping = FIELDS
    kind = Text(max_length=20)
    settings = Bag(required=False)
    secrets = Bag(child=Text(allow_blank=True, trim_whitespace=False), required=False, write_only=True)
    secrets_set = serializers.SerializerMethodField()

    class Meta:
        model = Destination
        fields = (
            *("slug", "name", "kind", "enabled", "settings", "secrets", "secrets_set"),
            *("created_at", "updated_at"),
        )
        read_only_fields = ("created_at", "updated_at")

    def get_secrets_set(self, destination: Destination) -> list[str]:
        return sorted(destination.sealed)

    def validate_kind(self, kind: str) -> str:
        if kind not in KINDS:
            raise ValidationError(f"no such kind; known: {', '.join(KINDS) or 'none'}")
        if self.instance and kind != self.instance.kind:
            raise ValidationError("can't be changed; make another destination")
        return kind

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        made = self.instance or Destination(kind=attrs["kind"])
        if made.kind not in KINDS:
            raise ValidationError({"kind": [f"there is no kind {made.kind}"]})
        given = attrs.get("secrets", {})
        try:
            secrets = {name: text for name, text in (made.secrets() | given).items() if text}
        except Unsealable as error:
            raise ValidationError({"secrets": [str(error)]}) from error
        settings = attrs.get("settings", made.settings)
        kept = [name for name in secrets if name not in given]
        if stale := configured.out_of_place(KINDS[made.kind], made.settings, settings, kept):
            raise ValidationError({f"secrets.{name}": [text] for name, text in stale.items()})
        if found := configured.wrong(made.kind, settings, secrets):
            raise ValidationError({place(name, given): [text] for name, text in found.items()})
        return attrs | {"settings": configured.filled(KINDS[made.kind], settings)}

    def create(self, validated_data: dict[str, Any]) -> Destination:
        return self.update(Destination(), validated_data)

    def update(self, instance: Destination, validated_data: dict[str, Any]) -> Destination:
        secrets = validated_data.pop("secrets", {})
        for name, value in validated_data.items():
            setattr(instance, name, value)
        instance.put(secrets)
        instance.sealed = {name: text for name, text in instance.sealed.items() if secrets.get(name, text)}
        instance.save()
        return instance


def place(name: str, secrets: dict[str, str]) -> str:
    return name if name in ("kind",) else f"secrets.{name}" if name in secrets else f"settings.{name}"


class BySlug(serializers.SlugRelatedField[Destination]):
    """A destination by its slug."""

    def to_internal_value(self, data: Any) -> Destination:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(storable(data))


def whole(most: int = 31 * 86_400, **more: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=most, required=False, **more)


class RouteSerializer(serializers.ModelSerializer[Route]):
    """Which alerts go where, together with which others, and when. ``continue`` is called ``goes_on``."""

    serializer_field_mapping = FIELDS
    destinations = BySlug(slug_field="slug", many=True, required=False, queryset=Destination.objects.all())
    severities = serializers.ListField(child=Text(max_length=10), required=False)
    services = serializers.ListField(child=Text(max_length=200), required=False, max_length=200)
    group_by = serializers.ListField(child=Text(max_length=200), required=False, max_length=10)
    tells = serializers.ListField(child=Text(max_length=20), required=False)
    position = whole(2**31 - 1, help_text="Routes are tried in this order, the lowest first.")
    group_wait = whole(help_text="Seconds that the first notice of a group waits for others.")
    group_interval = whole(help_text="Seconds between two notices of a group.")
    repeat_interval = whole(help_text="Seconds until what nobody acknowledged is told again; 0: never.")

    class Meta:
        model = Route
        fields = (
            *("slug", "name", "position", "enabled", "fallback", "query", "severities", "services", "hours"),
            *("time_zone", "goes_on", "destinations", "group_by", "group_wait", "group_interval", "repeat_interval"),
            *("send_resolved", "tells", "created_at", "updated_at"),
        )
        read_only_fields = ("created_at", "updated_at")
        validators: list[Any] = []  # what the model's own can't say is said below

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        drafted(Route, self.instance, {name: value for name, value in attrs.items() if name != "destinations"})
        others = Route.objects.exclude(pk=self.instance.pk if self.instance else 0)
        if attrs.get("fallback") and others.filter(fallback=True).exists():
            raise ValidationError({"fallback": ["there is a default route already"]})
        return attrs


class StepSerializer(serializers.Serializer[Any]):
    what = serializers.CharField()
    passed = serializers.BooleanField()
    detail = serializers.CharField(allow_blank=True)


class DestinationTrial(serializers.Serializer[Any]):
    """What was tried, in its order; the trial ends with the first that failed, or with the last."""

    passed = serializers.BooleanField()
    steps = StepSerializer(many=True)


class DestinationList(serializers.Serializer[Any]):
    results = DestinationSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class RouteList(serializers.Serializer[Any]):
    results = RouteSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class RouteTest(serializers.Serializer[Any]):
    """An alert that there is, by its id, or the fields of one that might be."""

    alert = serializers.UUIDField(required=False)
    event = Bag(required=False, help_text="Fields of an alert event: severity, service, rule, group …")
    at = Moment(required=False, help_text="By the clocks of what time; now if not said.")


class RouteClause(serializers.Serializer[Any]):
    clause = serializers.CharField()
    met = serializers.BooleanField()


class RouteTried(serializers.Serializer[Any]):
    """``reached``: false for one behind a route that has taken the alert and doesn't go on."""

    route = serializers.CharField()
    name = serializers.CharField()
    reached = serializers.BooleanField()
    taken = serializers.BooleanField()
    clauses = RouteClause(many=True)
    failed = serializers.ListField(child=serializers.CharField())
    destinations = serializers.ListField(child=serializers.CharField())
    group = serializers.DictField(child=serializers.CharField(allow_blank=True))


class WhereTo(serializers.Serializer[Any]):
    destinations = serializers.ListField(child=serializers.CharField())
    routes = RouteTried(many=True)


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    outcome = serializers.CharField(help_text=", ".join(OUTCOMES))

    class Meta:
        model = Attempt
        fields = ("at", "seconds", "outcome", "words", "notice")


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """``next_try``: when it is told next, as long as it waits. ``repeat``: how often it had been told before."""

    destination = serializers.CharField(source="destination.slug")
    route = serializers.CharField(source="thread.route.slug", default=None, allow_null=True)
    kind = serializers.CharField(source="transition.kind")
    thread = serializers.UUIDField(source="thread_id")
    alert = serializers.UUIDField(source="alert_id")
    state = serializers.CharField(help_text=", ".join(STATES))
    tries = serializers.SerializerMethodField()
    next_try = serializers.SerializerMethodField()

    class Meta:
        model = Delivery
        fields = (
            *("id", "destination", "route", "alert", "seq", "kind", "repeat", "state", "tries", "next_try"),
            *("thread", "notice", "planned_at", "settled_at"),
        )

    @extend_schema_field(serializers.IntegerField())
    def get_tries(self, delivery: Delivery) -> int:
        return delivery.thread.tries if delivery.on_its_way() else 0

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_next_try(self, delivery: Delivery) -> Any:
        return delivery.thread.due_at if delivery.state == "waiting" else None


class DeliveryInFull(DeliverySerializer):
    attempts = AttemptSerializer(many=True)

    class Meta:
        model = Delivery
        fields = (*DeliverySerializer.Meta.fields, "attempts")


class DeliveryPage(serializers.Serializer[Any]):
    results = DeliverySerializer(many=True)
    next = serializers.URLField(allow_null=True)


class DeliveryParams(PageParams):
    """Which deliveries; the query is over the alert."""

    q = None  # type: ignore[assignment]
    state = serializers.ChoiceField(choices=STATES, required=False)
    destination = serializers.SlugField(required=False, max_length=60)
    alert = serializers.UUIDField(required=False)


class Redeliver(serializers.Serializer[Any]):
    """Either the deliveries by their ids, or all that a destination was not told and that were given up."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=BIGGEST), required=False, max_length=MOST, min_length=1
    )
    destination = serializers.SlugField(required=False, max_length=60)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in attrs) == ("destination" in attrs):
            raise ValidationError({"ids": ["give either ids or destination"]})
        return attrs


class Redelivered(serializers.Serializer[Any]):
    redelivered = serializers.IntegerField()
    left = serializers.IntegerField(help_text="Given up and not among them: ask again.")


class JiraIssueNamed(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=60)


class JiraEvent(serializers.Serializer[Any]):
    """What Jira posts; only the issue's key is read."""

    webhookEvent = serializers.CharField(required=False, max_length=100)
    issue = JiraIssueNamed(required=False)
