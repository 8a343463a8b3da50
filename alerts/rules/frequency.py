"""frequency: at least ``threshold`` matching records within ``window``, per group.

Clears when the count of a complete window is below ``recover_below``; between the two, what was decided stays.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from alerts.rules import tenths
from alerts.rules.frame import Axis, Clear, Delta, Firing, Unknown, Verdict, Window, count_by_time, nice, per
from alerts.rules.limits import Seconds
from telemetry.records import Record

AXIS: Axis = "event"
MONOTONE = True
MEMORY = False
SIGNALS = ("logs", "spans", "metrics")
width, span = tenths.width, tenths.span


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``window`` in seconds. ``recover_below``: the count below which it clears, ``threshold`` if left out."""

    threshold: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000, description="The alert opens at this count.")] = 10
    window: Seconds = 300
    recover_below: Annotated[int, msgspec.Meta(ge=1, description="The alert resolves below this count.")] | None = None

    def __post_init__(self) -> None:
        if self.recover_below is not None and self.recover_below > self.threshold:
            raise ValueError("recover_below must not be above threshold")


def base(config: Config) -> int:
    return config.threshold


def reads(config: Config, signal: str) -> Sequence[str]:
    return ()


def observe(config: Config, records: Sequence[Record]) -> Mapping[int, Delta]:
    return count_by_time(records, AXIS, width(config))


def judge(config: Config, window: Window, now: int) -> Verdict:
    if window.count >= config.threshold:
        return Firing(window.count, config.threshold)
    return Clear() if window.count < (config.recover_below or config.threshold) else Unknown()


def sentence(config: Config, query: str, group_by: Sequence[str]) -> str:
    return f"when at least {config.threshold} records with {query}{per(group_by)} within {nice(config.window)}"
