"""A field whose values are remembered of all time: what change and new_value share.

A group that has had more than 10,000 values isn't judged any more.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from alerts.rules import quiet
from alerts.rules.frame import MEMORY_LIMIT, Axis, Clear, Delta, Seen, Unknown, Verdict, Window
from alerts.rules.values import values_by_time, wrong_field
from telemetry.records import Record

AXIS: Axis = "event"
SIGNALS = ("logs", "spans", "metrics")


class Remembering(Protocol):
    @property
    def field(self) -> str: ...
    @property
    def resolve_after(self) -> int: ...


def wrong(config: Remembering, signal: str) -> dict[str, str]:
    return wrong_field(config.field, signal)


def base(config: object) -> int:
    return 1


def reads(config: Remembering, signal: str) -> Sequence[str]:
    return (config.field,)


def observe(config: Remembering, records: Sequence[Record]) -> Mapping[int, Delta]:
    return values_by_time(records, config.field, AXIS, quiet.width(config))


def values_before(window: Window) -> Mapping[str, Seen]:
    return window.before.values if window.before else {}


def overfull(window: Window) -> Verdict | None:
    """The verdict on a group that has had too many values; None for any other."""
    if len(values_before(window)) < MEMORY_LIMIT:
        return None
    return Unknown() if window.buckets else Clear()
