"""The value of a field in a record, as groups and types read it."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec

from alerts.rules.frame import VALUE_LIMIT, Axis, Delta, Seen, by_time, counted, event_time, fewest
from query.fields import SCHEMAS
from telemetry.records import Attributes, LogRecord, MetricPoint, Record


def known(name: str, signal: str) -> bool:
    """Whether a record of the signal can have such a field."""
    if signal == "alerts":
        return True  # whatever the groups of the rules are made of
    return name in SCHEMAS[signal] or (name.startswith("attrs.") and len(name) > len("attrs."))


def signal_of(record: Record) -> str:
    return "logs" if isinstance(record, LogRecord) else "metrics" if isinstance(record, MetricPoint) else "spans"


@lru_cache(maxsize=4096)
def reader(name: str) -> Callable[[Record], Any]:
    """Reads a group's value from a record: a field, or an attribute by its flat or nested path."""
    if name == "duration_ms":
        return lambda record: getattr(record, "duration_ns", 0) / 1e6
    if not name.startswith("attrs."):
        return attrgetter(name)
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


def wrong_field(name: str, signal: str) -> dict[str, str]:
    return {} if known(name, signal) else {"field": f"unknown field {name!r}"}


def values_by_time(records: Sequence[Record], field: str, axis: Axis, width: int) -> dict[int, Delta]:
    """Bucket start -> count, times, and the values of the field; records without it are passed over."""
    read = reader(field)
    deltas: dict[int, Delta] = {}
    for start, members in by_time(records, axis, width).items():
        had = [(record, value) for record in members if (value := read(record)) not in (None, "")]
        values: dict[str, Seen] = {}
        for record, value in had:
            at, name = event_time(record), text(value)
            first, last, often = values.get(name, (at, at, 0))
            values[name] = at if at < first else first, at if at > last else last, often + 1
        if had:
            deltas[start] = counted([record for record, _ in had])
            deltas[start].values = fewest(values, VALUE_LIMIT)
    return deltas


def shortened(values: Sequence[str], between: str = ", ") -> str:
    """The first few, each cut to a length that can be read."""
    shown = [value if len(value) <= 80 else f"{value[:79]}…" for value in values[:5]]
    return between.join(shown) + (f" and {len(values) - 5} more" if len(values) > 5 else "")
