"""cardinality: the number of distinct values of a field within ``window`` is over or below a limit, per group."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from alerts.rules import tenths
from alerts.rules.frame import VALUE_LIMIT, Axis, Delta, Unknown, Verdict, Window, per
from alerts.rules.limits import Limits, beyond, within
from alerts.rules.values import values_by_time, wrong_field
from telemetry.records import Record

AXIS: Axis = "event"
MONOTONE = False
MEMORY = False
SIGNALS = ("logs", "spans", "metrics")
width, span = tenths.width, tenths.span


class Config(Limits, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``field``: whose values are told apart. Records without it don't count. Limits are below 1,000, up to which a
    bucket's values are exact."""

    field: Annotated[str, msgspec.Meta(description="The field whose distinct values are counted.")]

    def __post_init__(self) -> None:
        Limits.__post_init__(self)
        if max(self.over or 0, self.below or 0) >= VALUE_LIMIT:
            raise ValueError(f"over and below must be less than {VALUE_LIMIT}")


def wrong(config: Config, signal: str) -> dict[str, str]:
    return wrong_field(config.field, signal)


def base(config: Config) -> int:
    return 1


def reads(config: Config, signal: str) -> Sequence[str]:
    return (config.field,)


def observe(config: Config, records: Sequence[Record]) -> Mapping[int, Delta]:
    return values_by_time(records, config.field, AXIS, width(config))


def judge(config: Config, window: Window, now: int) -> Verdict:
    if config.below is not None and window.end - span(config) < window.since:
        return Unknown()
    return beyond(config, len(set().union(*(bucket.values for bucket in window.buckets))))


def sentence(config: Config, query: str, group_by: Sequence[str]) -> str:
    return f"when the number of {config.field} in records with {query}{per(group_by)} {within(config)}"
