"""The value of a field in a record, as groups and types read it."""

from collections.abc import Callable, Sequence
from functools import lru_cache
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


def wrong_field(name: str, signal: str) -> dict[str, str]:
    return {} if known(name, signal) else {"field": f"unknown field {name!r}"}


def values_by_time(records: Sequence[Record], field: str, axis: Axis, width: int) -> dict[int, Delta]:
    """Bucket start -> count, times, and the values of the field; records without it are passed over."""
    read = reader(field)
    deltas: dict[int, Delta] = {}
    for start, members in by_time(having(records, read), axis, width).items():
        values: dict[str, Seen] = {}
        for record in members:
            at, value = event_time(record), text(read(record))
            first, last, often = values.get(value, (at, at, 0))
            values[value] = min(first, at), max(last, at), often + 1
        deltas[start] = counted(members)
        deltas[start].values = fewest(values, VALUE_LIMIT)
    return deltas


def having(records: Sequence[Record], read: Callable[[Record], Any]) -> list[Record]:
    return [record for record in records if read(record) not in (None, "")]


def shortened(values: Sequence[str], between: str = ", ") -> str:
    """The first few, each cut to a length that can be read."""
    shown = [value if len(value) <= 80 else f"{value[:79]}…" for value in values[:5]]
    return between.join(shown) + (f" and {len(values) - 5} more" if len(values) > 5 else "")
