"""The value of a field in a record, as groups and types read it."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from query.fields import SCHEMAS
from telemetry.records import Attributes, LogRecord, MetricPoint, Record


def known(name: str, signal: str) -> bool:
    """Whether a record of the signal can have such a field."""
    return name in SCHEMAS[signal] or (name.startswith("attrs.") and len(name) > len("attrs."))


def signal_of(record: Record) -> str:
    return "logs" if isinstance(record, LogRecord) else "metrics" if isinstance(record, MetricPoint) else "spans"


@lru_cache(maxsize=4096)
def reader(name: str) -> Callable[[Record], Any]:
    """Reads a group's value from a record: a field, or an attribute by its flat or nested path."""
    if name == "duration_ms":
        return lambda record: getattr(record, "duration_ns", 0) / 1e6
    if not name.startswith("attrs."):
        return lambda record: getattr(record, name)
    path = name.removeprefix("attrs.")
    return lambda record: scalar(attribute(record.attrs, path))


def attribute(attrs: Attributes, path: str) -> Any:
    if path in attrs:
        return attrs[path]
    head, _, rest = path.partition(".")
    while rest:
        if isinstance(inner := attrs.get(head), dict) and (found := attribute(inner, rest)) is not None:
            return found
        following, _, rest = rest.partition(".")
        head = f"{head}.{following}"
    return None


def scalar(value: Any) -> Any:
    """Groups are named by plain values; a list or dict goes by its JSON."""
    return msgspec.json.encode(value).decode() if isinstance(value, list | dict) else value


def text(value: Any) -> str:
    """A value as text: the same as in a query, so true and not True."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
