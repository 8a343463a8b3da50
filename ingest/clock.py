"""The wall clock as far as it can be believed: where it jumps ahead, it is not until that has lasted.

What is written down by it (that a partition was silent until now) can't be taken back, and a clock that was a day ahead
for a minute would make all that comes for a day late. Waiting does no harm: windows to which nothing comes end later.
"""

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

SECOND = 1_000_000_000
JUMP = 5 * SECOND  # more than what setting a clock right by and by does between two looks
BELIEVED = 600 * SECOND
# goes on while the machine sleeps, where there is such a one: a machine that wakes up has not jumped
STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock:
    """To be looked at every few seconds. ``wall`` and ``steady`` give nanoseconds."""

    def __init__(
        self,
        wall: Callable[[], int] = time.time_ns,
        steady: Callable[[], int] = lambda: time.clock_gettime_ns(STEADY),
    ) -> None:
        self.wall, self.steady = wall, steady
        self.apart = wall() - steady()
        self.jumped_at: int | None = None

    def now(self) -> int:
        """Nanoseconds since the epoch."""
        steady = self.steady()
        apart = self.wall() - steady
        if apart - self.apart <= JUMP:
            self.apart, self.jumped_at = apart, None
        elif self.jumped_at is None:
            self.jumped_at = steady
            log.warning("the clock jumped ahead by %d s; not believed for now", (apart - self.apart) // SECOND)
        elif steady - self.jumped_at >= BELIEVED:
            log.warning("the clock stays ahead by %d s; believed", (apart - self.apart) // SECOND)
            self.apart, self.jumped_at = apart, None
        return steady + self.apart
