"""sequence: a record that meets ``first``, then one that meets ``then`` within ``within`` seconds, per group.

With ``absent``: a first one that no such record follows in time; that is certain only once the time is over. One
record can't be both. A bucket keeps the earliest 1,000 times of each.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from alerts.rules import tenths
from alerts.rules.clauses import clause, wrong_clause
from alerts.rules.frame import (
    MOMENT_LIMIT,
    SECOND,
    Axis,
    Clear,
    Delta,
    Firing,
    Verdict,
    Window,
    by_time,
    counted,
    event_time,
    nice,
    per,
    slice_of,
    whole,
)
from alerts.rules.limits import Quiet, Seconds
from alerts.rules.values import signal_of
from telemetry.records import Record

AXIS: Axis = "event"
MONOTONE = False
MEMORY = False
SIGNALS = ("logs", "spans", "metrics")


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``first``, ``then``: queries, each in addition to the rule's own. ``within``, ``resolve_after`` in seconds."""

    first: Annotated[str, msgspec.Meta(min_length=1, description="The query of what comes first.")]
    then: Annotated[str, msgspec.Meta(min_length=1, description="The query of what follows.")]
    within: Seconds = 60
    absent: Annotated[bool, msgspec.Meta(description="Fire when it does not follow.")] = False
    resolve_after: Quiet = 900


def wrong(config: Config, signal: str) -> dict[str, str]:
    return wrong_clause("first", config.first, signal) | wrong_clause("then", config.then, signal)


def narrow(config: Config, query: str) -> str:
    either = f"(({config.first}) OR ({config.then}))"
    return f"({query}) AND {either}" if query.strip() else either


def width(config: Config) -> int:
    return slice_of(min(config.within, config.resolve_after), tenths.SLICES)


def span(config: Config) -> int:
    return whole(config.within + config.resolve_after, width(config))


def base(config: Config) -> int:
    return 1


def reads(config: Config, signal: str) -> Sequence[str]:
    return ()  # what its clauses ask for stands in its own query


def observe(config: Config, records: Sequence[Record]) -> Mapping[int, Delta]:
    deltas: dict[int, Delta] = {}
    for start, members in by_time(records, AXIS, width(config)).items():
        signal = signal_of(members[0])
        deltas[start] = counted(members)
        for name, text in (("first", config.first), ("then", config.then)):
            meets = clause(text, signal)
            if times := sorted(event_time(record) for record in members if meets(record)):
                deltas[start].moments[name] = times[:MOMENT_LIMIT]
    return deltas


def judge(config: Config, window: Window, now: int) -> Verdict:
    firsts = [moment for bucket in window.buckets for moment in bucket.moments.get("first", ())]
    thens = [moment for bucket in window.buckets for moment in bucket.moments.get("then", ())]
    limit, since = config.within * SECOND, window.end - config.resolve_after * SECOND
    found = 0
    for first in firsts:
        following = bisect_right(thens, first)
        follows = following < len(thens) and thens[following] <= first + limit
        if config.absent:
            found += not follows and since <= first + limit < window.end
        else:
            found += follows and thens[following] >= since
    return Firing(found, 1) if found else Clear()


def sentence(config: Config, query: str, group_by: Sequence[str]) -> str:
    what = f"when {config.first} is {'not ' if config.absent else ''}followed by {config.then}"
    among = f" among records with {query}" if query.strip() not in ("", "*", "*:*") else ""
    return f"{what} within {nice(config.within)}{among}{per(group_by)}"
