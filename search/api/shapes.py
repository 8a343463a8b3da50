"""Stored records as the API shows them, and what its endpoints take and answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from query.fields import LOGS
from search.api.pages import FIRST, Filter, Moment
from telemetry.records import LEVELS
from telemetry.times import rfc3339

FACETS = ("level", "service", "environment", "host", "error_code", "status", "action", "app_version")
MOST_FACETS = 20


class RecordSerializer(serializers.Serializer[Any]):
    """What logs and spans share. Times are in UTC."""

    id = serializers.CharField()
    timestamp = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    service = serializers.CharField()
    environment = serializers.CharField(allow_null=True)
    host = serializers.CharField(allow_null=True)
    app_version = serializers.CharField(allow_null=True)
    attrs = serializers.DictField()


class LogSerializer(RecordSerializer):
    """A log as it was stored: redacted and enriched."""

    level = serializers.ChoiceField(choices=LEVELS)
    message = serializers.CharField()
    pattern = serializers.CharField()
    trace_id = serializers.CharField(allow_null=True)
    span_id = serializers.CharField(allow_null=True)
    request_id = serializers.CharField(allow_null=True)
    error_code = serializers.CharField(allow_null=True)
    user_id = serializers.CharField(allow_null=True)
    product_id = serializers.CharField(allow_null=True)
    action = serializers.CharField(allow_null=True)
    status = serializers.CharField(allow_null=True)


class SpanSerializer(RecordSerializer):
    """A span; ``timestamp`` is its start. Times of its events are nanoseconds since 1970."""

    duration_ns = serializers.IntegerField()
    name = serializers.CharField()
    trace_id = serializers.CharField()
    span_id = serializers.CharField()
    parent_span_id = serializers.CharField(allow_null=True)
    kind = serializers.CharField()
    status = serializers.CharField()
    status_message = serializers.CharField()
    events = serializers.ListField(child=serializers.DictField())
    links = serializers.ListField(child=serializers.DictField())


def shown(record: Any) -> dict[str, Any]:
    """As the serializers above describe it."""
    values = msgspec.structs.asdict(record)
    values.pop("issue", None)  # looked up where it is wanted, not stored
    return values | {name: rfc3339(values[name]) for name in ("timestamp", "received_at")}


class LogPage(serializers.Serializer[Any]):
    results = LogSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class RangeParams(serializers.Serializer[Any]):
    """Without times: the last 24 hours."""

    since = Moment(required=False, help_text="Not before this time (ISO 8601).")
    until = Moment(required=False, help_text="Before this time (ISO 8601).")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        given.setdefault("until", max(datetime.now(UTC), given.get("since", FIRST) + timedelta(seconds=1)))
        given.setdefault("since", max(FIRST, given["until"] - timedelta(days=1)))
        if not given["since"] < given["until"]:
            raise ValidationError({"since": ["must be before until"]})
        return given


class HistogramParams(RangeParams, Filter):
    slices = serializers.IntegerField(required=False, min_value=1, max_value=500, default=60)


class SliceSerializer(serializers.Serializer[Any]):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    total = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="By level.")


class HistogramAnswer(serializers.Serializer[Any]):
    """Slices are of one round length; the first and the last may reach beyond the range."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    total = serializers.IntegerField()
    results = SliceSerializer(many=True)


class FacetParams(Filter):
    fields = serializers.CharField(  # type: ignore[assignment]
        required=False,
        max_length=1000,
        help_text="Names with commas between. Of an attribute (attrs.…) the newest 2,000 records are counted.",
    )
    most = serializers.IntegerField(required=False, min_value=1, max_value=100, default=10)


def facet_names(text: str | None) -> list[str]:
    if text is None:
        return list(FACETS)
    names = [name.strip() for name in text.split(",") if name.strip()][:MOST_FACETS]
    for name in names:
        field = LOGS.find(name)
        if field is None:
            raise ValidationError({"fields": [f"unknown field {name!r}"]})
        if field.kind in ("time", "number") or name == "message":
            raise ValidationError({"fields": [f"the values of {name} can't be counted"]})
    return names


class FacetValue(serializers.Serializer[Any]):
    value = serializers.CharField()
    count = serializers.IntegerField()


class Facet(serializers.Serializer[Any]):
    field = serializers.CharField()
    values = FacetValue(many=True)


class FacetAnswer(serializers.Serializer[Any]):
    counted = serializers.IntegerField(help_text="How many of the newest records were counted.")
    complete = serializers.BooleanField(help_text="Whether those are all.")
    results = Facet(many=True)


class PatternParams(HistogramParams):
    """Without times: the last 24 hours."""

    slices = serializers.IntegerField(required=False, min_value=1, max_value=100, default=40)
    most = serializers.IntegerField(required=False, min_value=1, max_value=200, default=50)


class PatternSerializer(serializers.Serializer[Any]):
    """``slices``: how many in each, the first of which begins at ``first``."""

    pattern = serializers.CharField(source="text")
    count = serializers.IntegerField()
    levels = serializers.DictField(child=serializers.IntegerField())
    slices = serializers.ListField(child=serializers.IntegerField())


class PatternAnswer(serializers.Serializer[Any]):
    counted = serializers.IntegerField(help_text="How many of the newest records were counted.")
    complete = serializers.BooleanField(help_text="Whether those are all.")
    first = serializers.DateTimeField()
    seconds = serializers.IntegerField(help_text="The length of a slice.")
    results = PatternSerializer(many=True, source="found")


class CountAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField()


class ContextParams(serializers.Serializer[Any]):
    each = serializers.IntegerField(required=False, min_value=1, max_value=100, default=10)


class ContextAnswer(serializers.Serializer[Any]):
    """Records of the same service, in the order of time."""

    before = LogSerializer(many=True)
    record = LogSerializer()
    after = LogSerializer(many=True)


class ExportParams(Filter):
    to = serializers.ChoiceField(choices=("ndjson", "csv"), required=False, default="ndjson")


class TraceAnswer(serializers.Serializer[Any]):
    """Oldest first; at most 10,000 of each."""

    trace_id = serializers.CharField()
    spans = SpanSerializer(many=True)
    logs = LogSerializer(many=True)
