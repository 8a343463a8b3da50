"""A type's own queries, beside the rule's."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from alerts.rules.frame import Axis, Delta, by_time, counted
from alerts.rules.values import signal_of
from query import QueryError, matcher, parse
from query.ast import fields
from telemetry.records import Record


@lru_cache(maxsize=16384)
def clause(text: str, signal: str) -> Callable[[Any], bool]:
    return matcher(text, signal)


def wrong_clause(key: str, text: str, signal: str) -> dict[str, str]:
    try:
        matcher(text, signal)
    except QueryError as error:
        return {key: str(error)}
    return {}


def fields_of(text: str, signal: str) -> list[str]:
    return list(fields(parse(text, signal)))


def met_by_time(records: Sequence[Record], text: str, axis: Axis, width: int) -> dict[int, Delta]:
    """Bucket start -> count, and under ``met`` how many of them meet the query; these are the samples."""
    deltas: dict[int, Delta] = {}
    for start, members in by_time(records, axis, width).items():
        meets = clause(text, signal_of(members[0]))
        met = [record for record in members if meets(record)]
        deltas[start] = counted(members)
        deltas[start].samples = counted(met).samples if met else []
        deltas[start].numbers = {"met": len(met)} if met else {}
    return deltas
