"""latency: a percentile of the spans' duration in milliseconds is over or below a limit, per group."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from alerts.rules import tenths
from alerts.rules.frame import Axis, Clear, Delta, Unknown, Verdict, Window, by_time, counted, per
from alerts.rules.limits import Limits, Minimum, beyond, within
from alerts.rules.sketch import bins, percentile
from telemetry.records import Record, Span

AXIS: Axis = "event"
MONOTONE = False
MEMORY = False
SIGNALS = ("spans",)
width, span = tenths.width, tenths.span


class Config(Limits, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``over``, ``below``, ``recover`` in milliseconds; what is judged is within 1 % of the true percentile."""

    percentile: Annotated[float, msgspec.Meta(gt=0, le=100, description="Of all durations, from 0 to 100.")] = 95
    minimum: Minimum = 20


def base(config: Config) -> int:
    return config.minimum


def observe(config: Config, records: Sequence[Record]) -> Mapping[int, Delta]:
    deltas: dict[int, Delta] = {}
    for start, spans in by_time(records, AXIS, width(config)).items():
        deltas[start] = counted(spans)
        deltas[start].numbers = bins((span.duration_ns / 1e6, 1) for span in spans if isinstance(span, Span))
    return deltas


def judge(config: Config, window: Window, now: int) -> Verdict:
    value = percentile((bucket.numbers for bucket in window.buckets), config.percentile)
    if value is None:
        return Clear()  # nothing goes on any more, so nothing is slow
    if window.count < config.minimum:
        return Unknown()
    return beyond(config, round(value, 3), f"of {window.count} spans")


def sentence(config: Config, query: str, group_by: Sequence[str]) -> str:
    return f"when p{config.percentile:g} of the duration of spans with {query}{per(group_by)} {within(config, ' ms')}"
