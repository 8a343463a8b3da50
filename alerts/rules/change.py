"""change: a field of a group has another value than the last time.

The last value is that of the latest record, whatever the order of arrival. A group that has had more than 10,000
values isn't judged any more.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from alerts.rules import quiet, remembered
from alerts.rules.frame import Bucket, Clear, Firing, Seen, Verdict, Window, per
from alerts.rules.limits import Quiet
from alerts.rules.remembered import overfull, values_before
from alerts.rules.values import shortened

AXIS, SIGNALS = remembered.AXIS, remembered.SIGNALS
MONOTONE = False
MEMORY = True
width, span, base = quiet.width, quiet.span, remembered.base
wrong, reads, observe = remembered.wrong, remembered.reads, remembered.observe


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``resolve_after`` in seconds. Records without the field are passed over."""

    field: Annotated[str, msgspec.Meta(description="The field whose value should stay the same.")]
    resolve_after: Quiet = 900


def judge(config: Config, window: Window, now: int) -> Verdict:
    if verdict := overfull(window):
        return verdict
    last = latest(values_before(window))
    seen: list[str] = []
    for bucket in window.buckets:
        for value in in_turn(bucket):
            if last is not None and value != last:
                seen += [value] if seen else [last, value]
            last = value
    return Firing(len(seen) - 1, 1, f"{config.field}: {shortened(seen, ' -> ')}") if seen else Clear()


def latest(values: Mapping[str, Seen]) -> str | None:
    return max(values, key=lambda value: (values[value][1], value), default=None)


def in_turn(bucket: Bucket) -> list[str]:
    """A bucket's values by their first time, and the one that it ends with."""
    values = sorted(bucket.values, key=lambda value: (bucket.values[value][0], value))
    last = latest(bucket.values)
    return [*values, last] if last is not None and values[-1] != last else values


def sentence(config: Config, query: str, group_by: Sequence[str]) -> str:
    return f"when {config.field} changes in records with {query}{per(group_by)}"
