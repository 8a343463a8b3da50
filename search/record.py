"""One record as a list of fields and texts, as a person narrows a search by them. Pure."""

from typing import Any

from query.fields import LOGS
from query.match import as_text
from telemetry.records import LogRecord, Record, Span

ORDER = (
    *(
        "service",
        "level",
        "error_code",
        "trace_id",
        "span_id",
        "request_id",
        "user_id",
        "product_id",
        "action",
        "status",
    ),
    *("environment", "host", "app_version"),
)
SPAN_ORDER = (
    *("service", "name", "kind", "status", "status_message", "span_id", "parent_span_id"),
    *("environment", "host", "app_version"),
)
MOST_COLUMNS = 8


def fields_of(record: LogRecord) -> list[tuple[str, str]]:
    """Those that are there: the fixed ones, then the attributes by their paths."""
    return [(name, value) for name in ORDER if (value := getattr(record, name))] + attributes_of(record)


def attributes_of(record: Record) -> list[tuple[str, str]]:
    return [(f"attrs.{path}", as_text(leaf)) for path, leaf in flat(record.attrs) if leaf not in (None, "")]


def span_fields(span: Span) -> list[tuple[str, str]]:
    """Those of its fixed fields that are there."""
    return [(name, value) for name in SPAN_ORDER if (value := getattr(span, name))]


def flat(value: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, list):
        return [pair for item in value for pair in flat(item, path)]
    if not isinstance(value, dict):
        return [(path, value)] if path else []
    return [pair for key, item in sorted(value.items()) for pair in flat(item, f"{path}.{key}" if path else key)]


def columns(text: str) -> list[str]:
    """Names of fields with commas between; those that are none are left out."""
    names = dict.fromkeys(name.strip() for name in text.split(","))
    return [name for name in names if LOGS.find(name)][:MOST_COLUMNS]


def cell(record: LogRecord, name: str) -> str:
    if name in LOGS:
        value = getattr(record, name)
        return "" if value is None else as_text(value)
    return ", ".join(value for path, value in fields_of(record) if path == name)
