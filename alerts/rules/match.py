"""match: every matching record. One opens the alert; it clears when none has come for ``resolve_after``.

Its time is that of arrival: a record that was sent late is as much a match as any other.
"""

from collections.abc import Mapping, Sequence

import msgspec

from alerts.rules import quiet
from alerts.rules.frame import Axis, Clear, Delta, Firing, Verdict, Window, count_by_time, nice, per
from alerts.rules.limits import Quiet
from telemetry.records import Record

AXIS: Axis = "received"
MONOTONE = True
MEMORY = False
SIGNALS = ("logs", "spans", "metrics")
width, span = quiet.width, quiet.span


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``resolve_after``: seconds without a match after which the alert resolves."""

    resolve_after: Quiet = 900


def base(config: Config) -> int:
    return 1


def reads(config: Config, signal: str) -> Sequence[str]:
    return ()


def observe(config: Config, records: Sequence[Record]) -> Mapping[int, Delta]:
    return count_by_time(records, AXIS, width(config))


def judge(config: Config, window: Window, now: int) -> Verdict:
    return Firing(window.count, 1) if window.count else Clear()


def sentence(config: Config, query: str, group_by: Sequence[str]) -> str:
    return f"on every record with {query}{per(group_by)}; resolved after {nice(config.resolve_after)} without one"
