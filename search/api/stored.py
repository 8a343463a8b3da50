"""A stored row as the record it was, for everything that matches or judges records."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from django.db.models import F, TextField
from django.db.models.functions import Cast

from search.epoch import Microseconds
from search.models import RawLog, Stored, StoredMetricPoint, StoredSpan
from search.search import nanoseconds
from telemetry.records import LogRecord, MetricPoint, Record, Span

__all__ = ["FIELDS", "KINDS", "MODELS", "columns", "from_columns", "names_of", "nanoseconds", "record"]

MODELS: dict[str, type[Stored]] = {"logs": RawLog, "spans": StoredSpan, "metrics": StoredMetricPoint}
KINDS: dict[type[Stored], type[Record]] = {RawLog: LogRecord, StoredSpan: Span, StoredMetricPoint: MetricPoint}
# an issue is looked up, not stored with the log
FIELDS = {model: tuple(name for name in kind.__struct_fields__ if name != "issue") for model, kind in KINDS.items()}
decode = msgspec.json.Decoder().decode


def record(row: Stored) -> Record:
    values = {name: getattr(row, name) for name in FIELDS[type(row)]}
    values["timestamp"], values["received_at"] = nanoseconds(row.timestamp), nanoseconds(row.received_at)
    return KINDS[type(row)](**values)


# what no query or rule reads is left where it is
UNREAD = ("events", "links")
JSON = ("attrs", "buckets")
ALWAYS = ("id", "trace_id", "timestamp", "received_at")
COLUMNS = {"duration_ms": "duration_ns"}  # of fields that are worked out


def names_of(model: type[Stored], fields: Iterable[str] | None) -> list[str]:
    """The columns that hold what queries call these fields (None: all), and those that are always read."""
    names = [name for name in FIELDS[model] if name not in UNREAD]
    if fields is None:
        return names
    read = {*ALWAYS, *(COLUMNS.get(field, field.partition(".")[0]) for field in fields)}
    return [name for name in names if name in read]


def columns(model: type[Stored], names: Sequence[str]) -> dict[str, Any]:
    """What to select for ``from_columns``, by name: times as integers and JSON as text, which are quick to read."""
    kept: dict[str, Any] = {name: F(name) for name in names}
    kept |= {name: Microseconds(name) for name in ("timestamp", "received_at")}
    return {f"_{name}": Cast(name, TextField()) if name in JSON else kept[name] for name in names}


def from_columns(model: type[Stored], names: Sequence[str]) -> Callable[[Sequence[Any]], Record]:
    """Makes records of rows that hold the values of ``columns`` in their order; what wasn't read is blank."""
    kind = KINDS[model]
    blank = {field.name: field.type() for field in msgspec.structs.fields(kind) if field.required}
    unread = {name: value for name, value in blank.items() if name not in names}
    encoded = [name for name in JSON if name in names]

    def made(row: Sequence[Any]) -> Record:
        values = dict(zip(names, row, strict=True))
        values["timestamp"] *= 1000
        values["received_at"] *= 1000
        for name in encoded:
            values[name] = decode(values[name])
        return kind(**values, **unread)

    return made
