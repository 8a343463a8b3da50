"""flatline: fewer than ``threshold`` matching records within ``window``, per group that has been seen.

A group is judged from its first record on, once a whole window lies behind it. Its time is that of the records: while
we lag behind, the window isn't over yet, so nothing is claimed to be missing.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from alerts.rules import tenths
from alerts.rules.frame import Axis, Clear, Delta, Firing, Unknown, Verdict, Window, count_by_time, nice, per
from alerts.rules.limits import Seconds
from telemetry.records import Record

AXIS: Axis = "event"
MONOTONE = False
MEMORY = False
SIGNALS = ("logs", "spans", "metrics")
width, span = tenths.width, tenths.span


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``window`` in seconds. ``recover_at``: the count at which it clears, ``threshold`` if left out."""

    threshold: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000, description="The alert opens below this.")] = 1
    window: Seconds = 300
    recover_at: Annotated[int, msgspec.Meta(ge=1, description="The count at which it resolves.")] | None = None

    def __post_init__(self) -> None:
        if self.recover_at is not None and self.recover_at < self.threshold:
            raise ValueError("recover_at must not be below threshold")


def base(config: Config) -> int:
    return config.threshold


def reads(config: Config, signal: str) -> Sequence[str]:
    return ()


def observe(config: Config, records: Sequence[Record]) -> Mapping[int, Delta]:
    return count_by_time(records, AXIS, width(config))


def judge(config: Config, window: Window, now: int) -> Verdict:
    if window.end - span(config) < window.since:
        return Unknown()
    if window.count < config.threshold:
        return Firing(window.count, config.threshold)
    return Clear() if window.count >= (config.recover_at or config.threshold) else Unknown()


def sentence(config: Config, query: str, group_by: Sequence[str]) -> str:
    few = f"fewer than {config.threshold} records" if config.threshold > 1 else "no record"
    return f"when {few} with {query}{per(group_by)} within {nice(config.window)}"
