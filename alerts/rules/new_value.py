"""new_value: a field has a value that its group never had before.

What comes within ``learning`` seconds of the group's first record is learnt, not told. A group that has had more than
10,000 values isn't judged any more: a field that always has new ones can't have a new one.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from alerts.rules import quiet
from alerts.rules.frame import MEMORY_LIMIT, SECOND, Axis, Clear, Delta, Firing, Unknown, Verdict, Window, nice, per
from alerts.rules.limits import Quiet
from alerts.rules.values import shortened, values_by_time, wrong_field
from telemetry.records import Record

AXIS: Axis = "event"
MONOTONE = False
MEMORY = True
SIGNALS = ("logs", "spans", "metrics")
width, span = quiet.width, quiet.span


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``learning`` and ``resolve_after`` in seconds."""

    field: Annotated[str, msgspec.Meta(description="The field whose values are watched.")]
    learning: Annotated[
        int, msgspec.Meta(ge=0, le=31_536_000, description="Seconds in which values are learnt, not told.")
    ] = 86400
    resolve_after: Quiet = 900


def wrong(config: Config, signal: str) -> dict[str, str]:
    return wrong_field(config.field, signal)


def base(config: Config) -> int:
    return 1


def reads(config: Config, signal: str) -> Sequence[str]:
    return (config.field,)


def observe(config: Config, records: Sequence[Record]) -> Mapping[int, Delta]:
    return values_by_time(records, config.field, AXIS, width(config))


def judge(config: Config, window: Window, now: int) -> Verdict:
    known = window.before.values if window.before else {}
    if len(known) >= MEMORY_LIMIT:
        return Clear() if not window.buckets else Unknown()
    new = new_values(window, known, window.since + config.learning * SECOND)
    return Firing(len(new), 1, f"{config.field}: {shortened(new)}") if new else Clear()


def new_values(window: Window, known: Mapping[str, object], learnt: int) -> list[str]:
    """By their first time; those that were had while learning are known."""
    first: dict[str, int] = {}
    for bucket in window.buckets:
        for value, seen in bucket.values.items():
            first[value] = min(first.get(value, seen[0]), seen[0])
    in_turn = sorted(first.items(), key=lambda item: (item[1], item[0]))
    return [value for value, at in in_turn if value not in known and at >= learnt]


def sentence(config: Config, query: str, group_by: Sequence[str]) -> str:
    return (
        f"when a record with {query} has a {config.field} never seen before{per(group_by)};"
        f" learns for {nice(config.learning) if config.learning else 'no time'}"
    )
