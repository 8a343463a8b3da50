"""Counts what batches did: exactly, in slots of ten seconds in the database, and for Prometheus."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection

from ingest import metrics
from ingest.models import PipelineStat

if TYPE_CHECKING:
    from alerts.models import Transition
    from ingest.batch import Processed

SLOT_SECONDS = 10
GAUGES = ("lag", "indexer.lag")  # the last value counts, not the sum


@contextmanager
def timed(stages: dict[str, float], name: str) -> Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        stages[name] = stages.get(name, 0.0) + time.perf_counter() - began


def counts(processed: "Processed | None", transitions: "Iterable[Transition]") -> dict[str, float]:
    values: dict[str, float] = {}
    for transition in transitions:
        values["transitions"] = values.get("transitions", 0) + 1
        name = f"alerts.{transition.kind}"
        values[name] = values.get(name, 0) + 1
    if processed:
        values |= {
            "batches": 1,
            "records.logs": len(processed.logs),
            "records.spans": len(processed.spans),
            "records.metrics": len(processed.points),
            "rejected": len(processed.rejected),
            "redacted": processed.redacted,
            "late": sum(processed.late.values()),
        }
        values |= {f"seconds.{stage}": seconds for stage, seconds in processed.stage_seconds.items()}
    return values


def add(now: datetime, processed: "Processed | None", transitions: "Iterable[Transition]", lag: int) -> None:
    """Add to the slot, inside the batch's transaction."""
    write(now, counts(processed, transitions) | {"lag": lag})


def beat(now: datetime, lag: int) -> None:
    """Say that the worker lives though nothing came."""
    write(now, {"lag": lag})


def write(now: datetime, values: dict[str, float]) -> None:
    """One statement, its rows in one order everywhere, so that no two workers wait for each other in a ring."""
    slot = now.replace(second=now.second - now.second % SLOT_SECONDS, microsecond=0)
    table = connection.ops.quote_name(PipelineStat._meta.db_table)
    rows = [(slot, name, value) for name, value in sorted(values.items()) if value or name in GAUGES]
    gauges = ", ".join(f"'{name}'" for name in GAUGES)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (slot, name, value) VALUES {', '.join(['(%s, %s, %s)'] * len(rows))}"  # noqa: S608
            f" ON CONFLICT (slot, name) DO UPDATE SET value = excluded.value"
            f" + CASE WHEN excluded.name IN ({gauges}) THEN 0 ELSE {table}.value END",
            [part for row in rows for part in row],
        )


def observe(processed: "Processed | None", transitions: "Iterable[Transition]", seconds: float) -> None:
    """Tell Prometheus, once it is committed."""
    for transition in transitions:
        metrics.TRANSITIONS.labels(transition.kind).inc()
    if not processed:
        return
    metrics.BATCH_SECONDS.observe(seconds)
    metrics.REDACTED.inc(processed.redacted)
    for signal, records in (("logs", processed.logs), ("spans", processed.spans), ("metrics", processed.points)):
        metrics.RECORDS.labels(signal).inc(len(records))
    for _, reject in processed.rejected:
        metrics.REJECTED.labels(reject.reason).inc()
    for rule, count in processed.late.items():
        metrics.LATE.labels(rule).inc(count)
    for stage, took in processed.stage_seconds.items():
        metrics.STAGE_SECONDS.labels(stage).inc(took)
