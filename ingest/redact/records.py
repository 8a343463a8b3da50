"""Redacts records in place: a look at all of them at once, a precise one where that found a trace of a secret."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import msgspec

from ingest.redact.text import redact_text
from ingest.redact.trace import TRACE
from ingest.redact.values import redact_dict, redact_value
from telemetry.records import LogRecord, MetricPoint, Record, Span

EVERYWHERE = ("service", "environment", "host", "app_version")
TEXTS: dict[type[Record], tuple[str, ...]] = {
    LogRecord: ("message", "error_code", "user_id", "product_id", "action", *EVERYWHERE),
    Span: ("name", "status_message", *EVERYWHERE),
    MetricPoint: ("name", "unit", *EVERYWHERE),
}
IN_LISTS = ("name", "attrs")  # of events and links; their ids and times are no text
CHUNK = 500  # records that are looked at together

_shown = {kind: attrgetter(*names, "attrs") for kind, names in TEXTS.items()}
_encoder = msgspec.json.Encoder()


def redact(records: Sequence[Record]) -> int:
    """Redact in place; how many records held something."""
    return sum(
        redact_record(record)
        for start in range(0, len(records), CHUNK)
        for record in suspects(records[start : start + CHUNK])
    )


def suspects(records: Sequence[Record]) -> list[Record]:
    """The records that a precise look is worth. JSON has no line break within, so a line is a record."""
    lines = _encoder.encode_lines(all_shown(records))
    found: list[Record] = []
    place = at = 0
    for trace in TRACE.finditer(lines):
        if (start := trace.start()) < at:
            continue  # one more in the same record
        place += lines.count(b"\n", at, start)
        found.append(records[place])
        at = lines.index(b"\n", start) + 1
        place += 1
    return found


def all_shown(records: Sequence[Record]) -> list[Any]:
    if {*map(type, records)} == {LogRecord}:
        return [*map(_shown[LogRecord], records)]
    return [shown(record) for record in records]


def shown(record: Record) -> Any:
    """All of a record that may hold a secret."""
    fields = _shown[type(record)](record)
    if isinstance(record, Span) and (record.events or record.links):
        return fields, [parts(each) for each in record.events], [parts(each) for each in record.links]
    return fields


def parts(each: dict[str, Any]) -> dict[str, Any]:
    return {key: each[key] for key in IN_LISTS if key in each}


def redact_record(record: Record) -> bool:
    changes: dict[str, Any] = {
        name: redacted
        for name in TEXTS[type(record)]
        if (text := getattr(record, name)) and (redacted := redact_text(text)) != text
    }
    if TRACE.search(_encoder.encode(record.attrs)) and (attrs := redact_dict(record.attrs)) != record.attrs:
        changes["attrs"] = attrs
    if isinstance(record, Span):
        for name in ("events", "links"):
            before = getattr(record, name)
            after = [each | redact_value(parts(each)) for each in before]
            if after != before:
                changes[name] = after
    for name, value in changes.items():
        setattr(record, name, value)
    return bool(changes)
