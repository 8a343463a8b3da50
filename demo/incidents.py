"""What goes wrong in the shop, and when."""

import random
from collections.abc import Iterator
from typing import NamedTuple


class Incident(NamedTuple):
    name: str
    at: float  # seconds after the start
    lasts: float  # seconds


# The first minutes are the same at every start.
SCHEDULE = [
    Incident("PRICE_MISSING", at=8, lasts=12),
    Incident("PAYMENT_FAILURE", at=30, lasts=15),
    Incident("CONNECTION_REFUSED", at=55, lasts=15),
    Incident("SLOW_REQUEST", at=80, lasts=25),
    Incident("OUT_OF_MEMORY", at=115, lasts=8),
    Incident("AUTH_FAILURE", at=135, lasts=10),
    Incident("PAYMENT_TIMEOUT", at=155, lasts=15),
]
NAMES = tuple(incident.name for incident in SCHEDULE)
PAUSE = (60.0, 120.0)  # seconds from one incident's start to the next, once the schedule is through
LASTS = (8.0, 25.0)


def timeline(dice: random.Random) -> Iterator[Incident]:
    """The schedule, then incidents at random for ever; in the order of their start."""
    yield from SCHEDULE
    at = SCHEDULE[-1].at
    while True:
        at += dice.uniform(*PAUSE)
        yield Incident(dice.choice(NAMES), at, dice.uniform(*LASTS))


class Incidents:
    """Which incidents are on; ``advance`` is told the time, everyone else asks."""

    def __init__(self, dice: random.Random) -> None:
        self.to_come = timeline(dice)
        self.next = next(self.to_come)
        self.on: list[Incident] = []

    def __contains__(self, name: str) -> bool:
        return any(incident.name == name for incident in self.on)

    def advance(self, elapsed: float) -> list[Incident]:
        """Move to ``elapsed`` seconds after the start; gives the incidents that have just begun."""
        begun = []
        while self.next.at <= elapsed:
            begun.append(self.next)
            self.next = next(self.to_come)
        self.on = [incident for incident in self.on + begun if elapsed < incident.at + incident.lasts]
        return begun
