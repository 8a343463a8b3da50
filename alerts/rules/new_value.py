"""new_value: a field has a value that its group never had before.

What comes within ``learning`` seconds of the group's first record is learnt, not told. A group that has had more than
10,000 values isn't judged any more: a field that always has new ones can't have a new one.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from alerts.rules import quiet, remembered
from alerts.rules.frame import SECOND, Clear, Firing, Verdict, Window, nice, per
from alerts.rules.limits import Quiet
from alerts.rules.remembered import overfull, values_before
from alerts.rules.values import shortened

AXIS, SIGNALS = remembered.AXIS, remembered.SIGNALS
MONOTONE = False
MEMORY = True
width, span, base = quiet.width, quiet.span, remembered.base
wrong, reads, observe = remembered.wrong, remembered.reads, remembered.observe


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``learning`` and ``resolve_after`` in seconds."""

    field: Annotated[str, msgspec.Meta(description="The field whose values are watched.")]
    learning: Annotated[
        int, msgspec.Meta(ge=0, le=31_536_000, description="Seconds in which values are learnt, not told.")
    ] = 86400
    resolve_after: Quiet = 900


def judge(config: Config, window: Window, now: int) -> Verdict:
    if verdict := overfull(window):
        return verdict
    new = new_values(window, values_before(window), window.since + config.learning * SECOND)
    return Firing(len(new), 1, f"{config.field}: {shortened(new)}") if new else Clear()


def new_values(window: Window, known: Mapping[str, object], learnt: int) -> list[str]:
    """By their first time; those that were had while learning are known."""
    first: dict[str, int] = {}
    for bucket in window.buckets:
        for value, seen in bucket.values.items():
            if value not in first or seen[0] < first[value]:
                first[value] = seen[0]
    in_turn = sorted(first.items(), key=lambda item: (item[1], item[0]))
    return [value for value, at in in_turn if value not in known and at >= learnt]


def sentence(config: Config, query: str, group_by: Sequence[str]) -> str:
    return (
        f"when a record with {query} has a {config.field} never seen before{per(group_by)};"
        f" learns for {nice(config.learning) if config.learning else 'no time'}"
    )
