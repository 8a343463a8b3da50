"""One record as a list of fields and texts, as a person narrows a search by them. Pure."""

from typing import Any

from query.fields import LOGS
from query.match import as_text
from telemetry.records import LogRecord

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
MOST_COLUMNS = 8


def fields_of(record: LogRecord) -> list[tuple[str, str]]:
    """Those that are there: the fixed ones, then the attributes by their paths."""
    fixed = [(name, value) for name in ORDER if (value := getattr(record, name))]
    return fixed + attributes(record)


def attributes(record: Any) -> list[tuple[str, str]]:
    """Those that are not empty, by the names that a query has for them."""
    return [(f"attrs.{path}", as_text(leaf)) for path, leaf in flat(record.attrs) if leaf not in (None, "")]


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
