"""What the API of rules takes and answers."""

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from alerts.models import SEVERITIES, SIGNALS, IssueCode, Rule
from alerts.rulefile import RESERVED
from alerts.rules import RULE_TYPES, check, config_of, type_of
from alerts.tryout import Trial, Tried, given
from search.api.fields import Text
from telemetry.records import LogRecord, Record
from telemetry.storable import storable

Severity = Literal["info", "warn", "error"]


def sentence(rule: Rule) -> str:
    """The rule in words."""
    spec = rule.spec()
    return type_of(spec).sentence(config_of(spec), spec.query, spec.group_by)


def refuse_wrong(rule: Rule) -> None:
    """400 that says by field what is wrong."""
    if errors := check(rule.spec()):
        raise ValidationError({name: [message] for name, message in errors.items()})


class IssueField(serializers.PrimaryKeyRelatedField[IssueCode]):
    """An issue's code, which databases differ about when it holds a NUL."""

    def to_internal_value(self, data: Any) -> IssueCode:
        return super().to_internal_value(storable(data))


@extend_schema_field({"type": "array", "minItems": 2, "maxItems": 2, "example": [50, "error"]})
class StepField(serializers.Field[Any, Any, Any, Any]):
    """[value, severity]."""

    def to_internal_value(self, data: Any) -> list[Any]:
        try:
            return list(msgspec.convert(data, tuple[float, Severity]))
        except msgspec.ValidationError as error:
            raise ValidationError(str(error)) from error

    def to_representation(self, value: Any) -> Any:
        return value


class RuleSerializer(serializers.ModelSerializer[Rule]):
    """Which records, judged how, per what, and what the alert says."""

    config = serializers.DictField(required=False, help_text="What the type takes: see the rule types.")
    group_by = serializers.ListField(child=Text(max_length=200), required=False, max_length=10)
    type = serializers.ChoiceField(choices=list(RULE_TYPES), required=False)
    signal = serializers.ChoiceField(choices=SIGNALS, required=False)
    severity = serializers.ChoiceField(choices=SEVERITIES, required=False)
    confidence = serializers.FloatField(min_value=0, max_value=1, required=False)
    renotify = serializers.IntegerField(
        min_value=0, max_value=31_536_000, required=False, help_text="Seconds to the first reminder; 0: none."
    )
    new_per_minute = serializers.IntegerField(
        min_value=0, max_value=1_000_000, required=False, help_text="New alerts in a minute; 0: no limit."
    )
    severity_steps = serializers.ListField(
        child=StepField(), required=False, max_length=10, help_text="[value, severity] at which the severity rises."
    )
    issue = IssueField(queryset=IssueCode.objects.all(), required=False, allow_null=True)
    sentence = serializers.SerializerMethodField(help_text="The rule in words.")

    class Meta:
        model = Rule
        fields = (
            *("slug", "name", "enabled", "signal", "type", "query", "config", "group_by", "severity", "issue"),
            *("message", "confidence", "lateness", "reopen_within", "renotify", "severity_steps", "new_per_minute"),
            *("origin", "version", "edited", "updated_at", "sentence"),
        )
        read_only_fields = ("origin", "version", "edited", "updated_at")

    def get_sentence(self, rule: Rule) -> str:
        return "" if check(rule.spec()) else sentence(rule)

    def validate_slug(self, slug: str) -> str:
        if slug in RESERVED:
            raise ValidationError(f"{slug!r} is taken by the API itself")
        if self.instance is not None and slug != self.instance.slug:
            raise ValidationError("a rule keeps its slug: its alerts are known by it")
        return slug

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuse_wrong(drafted(self.instance, attrs))
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Rule:
        return self.update(Rule(), validated_data)

    def update(self, instance: Rule, validated_data: dict[str, Any]) -> Rule:
        """Written by a person: load_rules keeps it from now on."""
        by = validated_data.pop("by")
        for name, value in validated_data.items():
            setattr(instance, name, value)
        instance.edited = True
        instance.save(by=by)
        return instance


class RuleList(serializers.Serializer[Any]):
    results = RuleSerializer(many=True)
    next = serializers.URLField(allow_null=True)


def drafted(rule: Rule | None, changes: dict[str, Any]) -> Rule:
    """A rule that isn't saved: the given one, or a new one, with the changes."""
    names = [field.name for field in Rule._meta.concrete_fields]
    values = {name: getattr(rule, name) for name in names} if rule else {}
    return Rule(**values | {name: value for name, value in changes.items() if name in names})


class RuleDraft(serializers.Serializer[Any]):
    """Parts of a rule to try, and the logs to try them on; without ``records``, the last hour's."""

    signal = serializers.ChoiceField(choices=SIGNALS, required=False)
    type = serializers.ChoiceField(choices=list(RULE_TYPES), required=False)
    query = Text(required=False, max_length=4000)
    config = serializers.DictField(required=False)
    group_by = serializers.ListField(child=Text(max_length=200), required=False, max_length=10)
    lateness = serializers.IntegerField(required=False, min_value=0, max_value=604800)
    records = serializers.ListField(
        child=serializers.DictField(), required=False, max_length=10_000, help_text="Logs as senders write them."
    )

    def validate_records(self, logs: list[dict[str, Any]]) -> list[LogRecord]:
        found = []
        for number, log in enumerate(logs):
            try:
                found.append(given(log, number))
            except ValueError as error:
                raise ValidationError(f"record {number}: {error}") from error
        return found


class NewRuleDraft(RuleDraft):
    """A whole draft: it must at least say which records."""

    query = Text(max_length=4000)


class TriedSerializer(serializers.Serializer[Any]):
    group = serializers.DictField()
    count = serializers.IntegerField()
    first_seen = serializers.DateTimeField()
    last_seen = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)
    value = serializers.FloatField()
    threshold = serializers.FloatField()
    related_logs = serializers.ListField(child=serializers.CharField())


class TrialSerializer(serializers.Serializer[Any]):
    """What the rule would have done: ``alerts`` has an entry for each time it would have fired (the worker reopens an
    alert that returns soon). ``complete``: every record of the last hour was looked at."""

    sentence = serializers.CharField()
    sampled = serializers.IntegerField()
    matched = serializers.IntegerField()
    complete = serializers.BooleanField()
    alerts = TriedSerializer(many=True)
    examples = serializers.ListField(child=serializers.DictField())


def trial_json(rule: Rule, trial: Trial) -> dict[str, Any]:
    return {
        "sentence": sentence(rule),
        "sampled": trial.sampled,
        "matched": trial.matched,
        "complete": trial.complete,
        "alerts": [tried_json(alert) for alert in trial.alerts],
        "examples": [example_json(record) for record in trial.examples],
    }


def tried_json(alert: Tried) -> dict[str, Any]:
    times = {name: getattr(alert, name) for name in ("first_seen", "last_seen", "resolved_at")}
    built: dict[str, Any] = msgspec.to_builtins(alert)
    return built | {name: value and iso(value) for name, value in times.items()}


def example_json(record: Record) -> dict[str, Any]:
    values = {name: value for name, value in msgspec.to_builtins(record).items() if value not in (None, {}, [], "")}
    return values | {"timestamp": iso(record.timestamp), "received_at": iso(record.received_at)}


def iso(nanoseconds: int) -> str:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC).isoformat().replace("+00:00", "Z")
