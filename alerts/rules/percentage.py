"""percentage: the share of the records that also meet ``match``, in percent, is over or below a limit, per group."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from alerts.rules import tenths
from alerts.rules.clauses import fields_of, met_by_time, wrong_clause
from alerts.rules.frame import Axis, Clear, Delta, Unknown, Verdict, Window, per
from alerts.rules.limits import Limits, Minimum, beyond, within
from telemetry.records import Record

AXIS: Axis = "event"
MONOTONE = False
MEMORY = False
SIGNALS = ("logs", "spans", "metrics")
width, span = tenths.width, tenths.span


class Config(Limits, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``match``: a query; the rule's own query says what all is. ``over``, ``below``, ``recover`` in percent."""

    match: Annotated[str, msgspec.Meta(min_length=1, description="The query of those whose share is judged.")]
    minimum: Minimum = 10


def wrong(config: Config, signal: str) -> dict[str, str]:
    return wrong_clause("match", config.match, signal)


def base(config: Config) -> int:
    return config.minimum


def reads(config: Config, signal: str) -> Sequence[str]:
    return fields_of(config.match, signal)


def observe(config: Config, records: Sequence[Record]) -> Mapping[int, Delta]:
    return met_by_time(records, config.match, AXIS, width(config))


def judge(config: Config, window: Window, now: int) -> Verdict:
    if window.count < config.minimum:
        return Unknown() if window.count else Clear()  # nothing goes on any more, so nothing fails
    met = int(sum(bucket.numbers.get("met", 0) for bucket in window.buckets))
    return beyond(config, 100 * met / window.count, f"{met} of {window.count}")


def sentence(config: Config, query: str, group_by: Sequence[str]) -> str:
    return f"when the share of {config.match} among records with {query}{per(group_by)} {within(config, ' %')}"
