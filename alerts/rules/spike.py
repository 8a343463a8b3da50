"""spike: more (or less) than ``ratio`` times what is usual, per group.

Usual is the mean of the ``periods`` windows before this one, or of the same time of day on as many earlier days.
Nothing is decided before those have been seen: all windows, or at least one day.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec

from alerts.rules.frame import (
    SECOND,
    Axis,
    Clear,
    Delta,
    Firing,
    Unknown,
    Verdict,
    Window,
    count_by_time,
    nice,
    per,
    slice_of,
    whole,
)
from alerts.rules.limits import Seconds
from telemetry.records import Record

AXIS: Axis = "event"
MONOTONE = False
MEMORY = False
SIGNALS = ("logs", "spans", "metrics")
DAY = 86400
SLICES = {"before": 10, "days": 4}  # buckets in a window
BUCKETS_LIMIT = 3000  # that one group may keep


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``window`` in seconds. ``minimum``: the count (up) or the usual (down) below which nothing fires.
    ``recover_ratio``: clears when the count is back within it, ``ratio`` if left out."""

    ratio: Annotated[float, msgspec.Meta(gt=1, le=1_000_000, description="How many times what is usual.")] = 3
    window: Seconds = 300
    direction: Annotated[Literal["up", "down"], msgspec.Meta(description="More than usual, or less.")] = "up"
    compare: Annotated[
        Literal["before", "days"],
        msgspec.Meta(description="With the windows before this one, or the same time on earlier days."),
    ] = "before"
    periods: Annotated[int, msgspec.Meta(ge=1, le=60, description="How many windows or days make the usual.")] = 3
    minimum: Annotated[int, msgspec.Meta(ge=1, description="With fewer nothing fires.")] = 10
    recover_ratio: Annotated[float, msgspec.Meta(gt=1, description="Resolves within this ratio.")] | None = None

    def __post_init__(self) -> None:
        if self.recover_ratio is not None and self.recover_ratio > self.ratio:
            raise ValueError("recover_ratio must not be above ratio")
        if self.compare == "days" and self.window > DAY:
            raise ValueError("window must not be above 86400 (a day) when days are compared")
        if span(self) // width(self) > BUCKETS_LIMIT:
            least = self.periods * DAY * SLICES["days"] // BUCKETS_LIMIT + 1
            raise ValueError(f"window must be at least {least} for {self.periods} days")


def width(config: Config) -> int:
    return slice_of(config.window, SLICES[config.compare])


def span(config: Config) -> int:
    if config.compare == "before":
        return window(config) * (config.periods + 1)
    return whole(config.periods * DAY + config.window, width(config))


def window(config: Config) -> int:
    return whole(config.window, width(config))


def base(config: Config) -> int:
    return config.minimum


def reads(config: Config, signal: str) -> Sequence[str]:
    return ()


def observe(config: Config, records: Sequence[Record]) -> Mapping[int, Delta]:
    return count_by_time(records, AXIS, width(config))


def judge(config: Config, window: Window, now: int) -> Verdict:
    count, usual = counted(config, window, 0), usually(config, window)
    if usual is None:
        return Unknown()
    if fires(config, count, usual, config.ratio):
        limit = usual * config.ratio if config.direction == "up" else usual / config.ratio
        return Firing(count, limit, f"{count} where {usual:.3g} is usual")
    return Unknown() if fires(config, count, usual, config.recover_ratio or config.ratio) else Clear()


def fires(config: Config, count: int, usual: float, ratio: float) -> bool:
    if config.direction == "up":
        return count >= config.minimum and count >= usual * ratio
    return usual >= config.minimum and count * ratio <= usual


def counted(config: Config, seen: Window, back: int) -> int:
    """The count of the window that ended ``back`` nanoseconds before this one."""
    end = seen.end - back
    return sum(bucket.count for bucket in seen.between(end - window(config), end))


def usually(config: Config, seen: Window) -> float | None:
    step = window(config) if config.compare == "before" else DAY * SECOND
    backs = [step * period for period in range(1, config.periods + 1)]
    known = [back for back in backs if seen.since <= seen.end - back - window(config)]
    if not known or (config.compare == "before" and len(known) < config.periods):
        return None
    return sum(counted(config, seen, back) for back in known) / len(known)


def sentence(config: Config, query: str, group_by: Sequence[str]) -> str:
    usual = f"{config.periods} windows before" if config.compare == "before" else f"{config.periods} days before"
    than = "more than" if config.direction == "up" else "less than a part of 1 in"
    return (
        f"when records with {query}{per(group_by)} within {nice(config.window)} are "
        f"{than} {config.ratio:g} {'times ' if config.direction == 'up' else 'of '}those of the {usual}"
    )
