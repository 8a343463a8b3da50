"""new_pattern: a message of a form that its group never had before.

The form is the masked message: numbers, ids, times and addresses don't count. It is new_value of that field.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from alerts.rules import new_value, quiet, remembered
from alerts.rules.frame import Axis, Delta, Verdict, Window, nice, per
from alerts.rules.limits import Quiet
from telemetry.records import Record

AXIS: Axis = "event"
MONOTONE = False
MEMORY = True
SIGNALS = ("logs",)
width, span, base = quiet.width, quiet.span, remembered.base


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``learning`` and ``resolve_after`` in seconds."""

    learning: Annotated[
        int, msgspec.Meta(ge=0, le=31_536_000, description="Seconds in which forms are learnt, not told.")
    ] = 86400
    resolve_after: Quiet = 900


def as_value(config: Config) -> new_value.Config:
    return new_value.Config("pattern", config.learning, config.resolve_after)


def reads(config: Config, signal: str) -> Sequence[str]:
    return ("pattern",)


def observe(config: Config, records: Sequence[Record]) -> Mapping[int, Delta]:
    return new_value.observe(as_value(config), records)


def judge(config: Config, window: Window, now: int) -> Verdict:
    return new_value.judge(as_value(config), window, now)


def sentence(config: Config, query: str, group_by: Sequence[str]) -> str:
    learning = nice(config.learning) if config.learning else "no time"
    return f"when a message with {query} has a form never seen before{per(group_by)}; learns for {learning}"
