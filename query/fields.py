"""The fields that a query may name, by signal, and how their values are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telemetry.records import LEVELS, METRIC_KINDS, SPAN_KINDS, SPAN_STATUSES, STATUSES

DYNAMIC = "dynamic"


@dataclass(frozen=True)
class Field:
    """``kind``: text (tokens), keyword (exact), enum (one of ``values``), number, time or dynamic (an attribute).
    ``every``: the value that all records of the signal have beside their own."""

    name: str
    kind: str = "keyword"
    values: tuple[str, ...] = ()
    read: Callable[[Any], Any] | None = None
    every: str = ""


@dataclass(frozen=True)
class Schema:
    """A signal's fields; ``default``: the text fields that a bare word looks in; ``dynamic``: the free-form prefix."""

    fields: Mapping[str, Field]
    default: tuple[str, ...]
    dynamic: str
    as_dict: bool = False

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def find(self, name: str) -> Field | None:
        if field := self.fields.get(name):
            return field
        if name.startswith(f"{self.dynamic}.") and len(name) > len(self.dynamic) + 1:
            return Field(name, DYNAMIC)
        return None


def table(*fields: Field) -> dict[str, Field]:
    return {field.name: field for field in fields}


def keywords(*names: str) -> list[Field]:
    return [Field(name) for name in names]


SHARED = (
    *keywords("id", "service", "environment", "host", "app_version"),
    Field("timestamp", "time"),
    Field("received_at", "time"),
)
LOGS = Schema(
    table(
        Field("message", "text"),
        Field("pattern", "text"),
        Field("level", "enum", LEVELS),
        Field("status", "enum", STATUSES),
        *keywords("trace_id", "span_id", "request_id", "error_code", "user_id", "product_id", "action"),
        *SHARED,
    ),
    default=("message",),
    dynamic="attrs",
)
SPANS = Schema(
    table(
        Field("name", "text"),
        Field("status_message", "text"),
        Field("kind", "enum", SPAN_KINDS, every="span"),
        Field("status", "enum", SPAN_STATUSES),
        Field("duration_ms", "number", read=lambda span: span.duration_ns / 1e6),
        *keywords("trace_id", "span_id", "parent_span_id"),
        *SHARED,
    ),
    default=("name",),
    dynamic="attrs",
)
METRICS = Schema(
    table(
        Field("name", "text"),
        Field("kind", "enum", METRIC_KINDS, every="metric"),
        *(Field(name, "number") for name in ("value", "count", "total", "minimum", "maximum")),
        *keywords("unit", "temporality"),
        *SHARED,
    ),
    default=("name",),
    dynamic="attrs",
)
ALERTS = Schema(
    table(
        Field("message", "text"),
        Field("severity", "enum", ("error", "warn", "info")),
        Field("status", "enum", ("open", "acknowledged", "snoozed", "resolved")),
        Field("count", "number"),
        Field("confidence", "number"),
        Field("created_at", "time"),
        Field("first_seen", "time"),
        Field("last_seen", "time"),
        Field("code", "text", read=lambda alert: alert.get("issue_code")),
        Field("verdict", "enum", ("real", "noise", "known")),
        *keywords("id", "issue_code", "service", "rule", "assignee", "created_by", "related_trace_id", "merged_into"),
    ),
    default=("message", "code"),
    dynamic="group",
    as_dict=True,
)
SCHEMAS = {"logs": LOGS, "spans": SPANS, "metrics": METRICS, "alerts": ALERTS}


def value_reader(name: str, schema: Schema) -> Callable[[Any], Any]:
    """Reads a fixed field from a record of the signal."""
    field = schema.fields[name]
    if field.read:
        return field.read
    if schema.as_dict and field.kind == "time":
        return lambda record: nanoseconds(record.get(name))
    if schema.as_dict:
        return lambda record: record.get(name)
    return lambda record: getattr(record, name)


def nanoseconds(value: Any) -> int | None:
    return int(datetime.fromisoformat(value).timestamp() * 1e6) * 1000 if isinstance(value, str) else None


def leaves_reader(name: str, schema: Schema) -> Callable[[Any], list[Any]]:
    """All scalars at a dynamic path: flat dotted keys, nested dicts and the elements of lists."""
    path = name.split(".", 1)[1]
    attribute = schema.dynamic
    if schema.as_dict:
        return lambda record: leaves(record.get(attribute) or {}, path)
    return lambda record: leaves(getattr(record, attribute), path)


def leaves(value: Any, path: str) -> list[Any]:
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item, path)]
    if not path:
        # a dict has no value of its own; None is absent
        return [] if value is None or isinstance(value, dict) else [value]
    if not isinstance(value, dict):
        return []
    if path in value and not isinstance(value[path], list | dict | type(None)):
        return [value[path]]
    found = leaves(value[path], "") if path in value else []
    dot = path.find(".")
    while dot > 0:
        if path[:dot] in value:
            found += leaves(value[path[:dot]], path[dot + 1 :])
        dot = path.find(".", dot + 1)
    return found
