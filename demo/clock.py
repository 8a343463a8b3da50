"""Whose time the shop goes by: the world's, or its own, in which work takes no time."""

import time
from typing import Protocol

SECOND = 1_000_000_000


class Clock(Protocol):
    def now(self) -> int: ...  # nanoseconds since the epoch

    def work(self, seconds: float) -> None: ...  # returns when that much is over


class WorldClock:
    def now(self) -> int:
        return time.time_ns()

    def work(self, seconds: float) -> None:
        time.sleep(seconds)


class OwnClock:
    """``at`` may be set, also back: customers come at the same time, but are played one after the other."""

    def __init__(self, at: int) -> None:
        self.at = at

    def now(self) -> int:
        return self.at

    def work(self, seconds: float) -> None:
        self.at += int(seconds * SECOND)
