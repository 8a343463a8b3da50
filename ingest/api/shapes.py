"""What the API of dead letters takes and answers, as serializers."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from ingest.models import DeadLetter
from ingest.requeue import PORTION
from search.api.fields import Text
from search.api.pages import PageParams
from telemetry.records import REJECT_REASONS

STATES = ("dead", "waiting", "settled")
PAYLOAD_MAX = 1_000_000  # characters of an edited payload
REASONS = list(REJECT_REASONS.items())


class Chosen(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=REASONS, required=False)
    service = Text(required=False, max_length=200, allow_blank=True, help_text="The sender.")


class LetterParams(Chosen, PageParams):
    """What the list takes. Times go by when the letter was written."""

    q = None  # type: ignore[assignment]  # a letter has no fields to ask for
    settled = serializers.BooleanField(required=False, help_text="Only those that are, or are not, settled.")


class LetterSerializer(serializers.ModelSerializer[DeadLetter]):
    """A record that could not be used. ``state``: dead, waiting (requeued, not processed since) or settled (what was
    made of it is stored, under the letter's id)."""

    reason = serializers.ChoiceField(choices=REASONS)
    state = serializers.ChoiceField(choices=STATES)

    class Meta:
        model = DeadLetter
        fields = (
            *("id", "reason", "error", "service", "state", "received_at", "created_at"),
            *("requeued_at", "requeued_by", "failed_at", "settled_at"),
        )


class LetterInFull(LetterSerializer):
    payload = serializers.CharField(help_text="Redacted: nothing else was kept.")

    class Meta:
        model = DeadLetter
        fields = (*LetterSerializer.Meta.fields, "payload")


class LetterPage(serializers.Serializer[Any]):
    results = LetterSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class Sum(serializers.Serializer[Any]):
    """Letters of one reason and sender that are not settled."""

    reason = serializers.ChoiceField(choices=REASONS)
    service = serializers.CharField(allow_blank=True)
    count = serializers.IntegerField()
    first = serializers.DateTimeField()
    last = serializers.DateTimeField()


class Summary(serializers.Serializer[Any]):
    results = Sum(many=True)
    next = serializers.URLField(allow_null=True)


class Edited(serializers.Serializer[Any]):
    payload = Text(
        required=False,
        max_length=PAYLOAD_MAX,
        trim_whitespace=False,
        help_text="Instead of the letter's own. An OTLP request, one record of it, or a plain JSON log: as it came in.",
    )


class Rejection(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=REASONS)
    error = serializers.CharField(allow_blank=True)


class LetterTrial(serializers.Serializer[Any]):
    records = serializers.ListField(child=serializers.DictField(), help_text="As they would be stored.")
    rejected = Rejection(many=True)


class Requeue(Edited, Chosen):
    ids = serializers.ListField(child=Text(max_length=160), required=False, min_length=1, max_length=PORTION)
    after = Text(
        required=False, max_length=160, help_text="To go on with a reason or sender: ``after`` of the answer before."
    )

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        named, chosen = "ids" in asked, "reason" in asked or "service" in asked
        if named == chosen:
            raise ValidationError({"ids": ["either ids, or a reason or service (or both)"]})
        if "payload" in asked and len(asked.get("ids", ())) != 1:
            raise ValidationError({"payload": ["takes exactly one id"]})
        return asked


class PassedOver(serializers.Serializer[Any]):
    why = serializers.CharField()
    count = serializers.IntegerField()


class Requeued(serializers.Serializer[Any]):
    requeued = serializers.IntegerField()
    passed_over = PassedOver(many=True)
    left = serializers.IntegerField(help_text="How many of the reason or sender come after these.")
    after = serializers.CharField(allow_null=True, help_text="Where to go on; null at the end.")
