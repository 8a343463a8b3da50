"""A stored row as the record it was, for everything that matches or judges records."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from search.models import RawLog, Stored, StoredMetricPoint, StoredSpan
from telemetry.records import LogRecord, MetricPoint, Record, Span

MODELS: dict[str, type[Stored]] = {"logs": RawLog, "spans": StoredSpan, "metrics": StoredMetricPoint}
KINDS: dict[type[Stored], type[Record]] = {RawLog: LogRecord, StoredSpan: Span, StoredMetricPoint: MetricPoint}
# an issue is looked up, not stored with the log
FIELDS = {model: tuple(name for name in kind.__struct_fields__ if name != "issue") for model, kind in KINDS.items()}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def record(row: Stored) -> Record:
    values = {name: getattr(row, name) for name in FIELDS[type(row)]}
    values["timestamp"], values["received_at"] = nanoseconds(row.timestamp), nanoseconds(row.received_at)
    return KINDS[type(row)](**values)


def from_values(model: type[Stored]) -> Callable[[Sequence[Any]], Record]:
    """Makes records of rows that hold the values of ``FIELDS`` in their order; quicker than through the model."""
    names, kind = FIELDS[model], KINDS[model]
    timestamp, received_at = names.index("timestamp"), names.index("received_at")

    def made(row: Sequence[Any]) -> Record:
        made = kind(**dict(zip(names, row, strict=True)))
        made.timestamp, made.received_at = nanoseconds(row[timestamp]), nanoseconds(row[received_at])
        return made

    return made


def nanoseconds(moment: datetime) -> int:
    """Exact: a float of this size would lose the microseconds."""
    since = moment - EPOCH
    return ((since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds) * 1000
