"""When a group is told: after its first wait, then at intervals, and again while nobody has acknowledged. Pure.

The terms are Alertmanager's: ``group_wait``, ``group_interval``, ``repeat_interval``.
"""

import random
from datetime import datetime, timedelta
from typing import NamedTuple

FIRST_BACKOFF = 1.0  # seconds until the second try; doubled with each failure
LONGEST_BACKOFF = 300.0


class Times(NamedTuple):
    """Seconds; ``repeat`` 0 for never."""

    wait: float
    interval: float
    repeat: float


def due(times: Times, now: datetime, begun_at: datetime, told_at: datetime | None) -> datetime:
    """When what has just come to a group is told."""
    if told_at is None:
        return max(now, begun_at + timedelta(seconds=times.wait))
    return max(now, told_at + timedelta(seconds=times.interval))


def repeat_at(times: Times, told_at: datetime | None) -> datetime | None:
    """When it is told again though nothing new came: never before an interval is over."""
    if told_at is None or not times.repeat:
        return None
    return told_at + timedelta(seconds=max(times.repeat, times.interval, 1))


def backoff(tries: int, retry_after: float | None = None, chance: float | None = None) -> timedelta:
    """The wait after so many failures in a row: doubled each time, half of it by chance, so that many don't come back
    together. Never less than what the destination asked for."""
    longest = min(FIRST_BACKOFF * 2.0 ** min(tries - 1, 16), LONGEST_BACKOFF)
    share = random.random() if chance is None else chance  # noqa: S311 - spreads load, guards nothing
    return timedelta(seconds=max(longest * (0.5 + share / 2), retry_after or 0))
