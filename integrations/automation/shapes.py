"""What the API of automation takes and gives."""

from typing import Any

from django.core.exceptions import ValidationError as Wrong
from rest_framework import serializers

from integrations.automation.checks import SHORTEST_SECRET
from integrations.automation.policy import STATES
from integrations.models import Action


class ActionSerializer(serializers.ModelSerializer[Action]):
    """``secret`` signs the calls; it is never given back, ``has_secret`` says whether there is one."""

    secret = serializers.CharField(write_only=True, required=False, min_length=SHORTEST_SECRET, max_length=200)
    has_secret = serializers.SerializerMethodField()
    parameters = serializers.DictField(child=serializers.CharField(allow_blank=True), required=False)

    class Meta:
        model = Action
        fields = (
            *("name", "description", "enabled", "kind", "url", "command", "parameters", "secret", "has_secret"),
            *("idempotent",),
            *("mode", "risky", "min_confidence", "per_hour", "expires_minutes", "check_minutes", "check_query"),
            *("changed_by", "updated_at"),
        )
        read_only_fields = ("changed_by", "updated_at")

    def get_has_secret(self, action: Action) -> bool:
        return bool(action.sealed)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """As the model judges it, with what it holds already."""
        fields = {name: value for name, value in given.items() if name != "secret"}
        kept = {name: getattr(self.instance, name) for name in self.own} if self.instance else {}
        try:
            Action(**{**kept, **fields}).clean()
        except Wrong as wrong:
            raise serializers.ValidationError(wrong.message_dict) from wrong
        return given

    @property
    def own(self) -> list[str]:
        return [name for name in self.Meta.fields if name not in ("secret", "has_secret", "updated_at")]

    def save(self, **more: Any) -> Action:
        secret = self.validated_data.pop("secret", "")
        action = self.instance or Action()
        for name, value in {**self.validated_data, **more}.items():
            setattr(action, name, value)
        action.put(secret)
        action.save()
        self.instance = action
        return action


class ActionList(serializers.Serializer[Any]):
    results = ActionSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class RunSerializer(serializers.Serializer[Any]):
    """One call, from suggested to its outcome. ``call`` is exactly what is made, ``call_hash`` what is approved."""

    id = serializers.UUIDField()
    action = serializers.CharField()
    alert = serializers.UUIDField()
    state = serializers.CharField(help_text=", ".join(STATES))
    call = serializers.CharField()
    call_hash = serializers.CharField()
    asked_by = serializers.CharField()
    approved_by = serializers.CharField(allow_null=True)
    by_itself = serializers.BooleanField()
    words = serializers.CharField(allow_blank=True)
    tries = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class RunList(serializers.Serializer[Any]):
    results = RunSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class RunParams(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=STATES, required=False)
    action = serializers.CharField(required=False, max_length=100)


class AlertAction(serializers.Serializer[Any]):
    """A dry run: what would be called for the alert now, or is waiting to be, and what was."""

    action = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    enabled = serializers.BooleanField()
    mode = serializers.CharField()
    risky = serializers.BooleanField()
    call = serializers.CharField()
    call_hash = serializers.CharField()
    runs = RunSerializer(many=True)


class Ask(serializers.Serializer[Any]):
    call_hash = serializers.CharField(max_length=64, help_text="Of the call that was seen.")


class Approve(Ask):
    run = serializers.UUIDField()


class Reject(serializers.Serializer[Any]):
    run = serializers.UUIDField()
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)
