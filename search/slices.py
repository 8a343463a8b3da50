"""A range of time cut into slices of a round length. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MINUTE, HOUR, DAY = 60, 3600, 86400
LENGTHS = (
    *(1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY, 365 * DAY),
)


@dataclass
class Slice:
    """``counts``: by value, all values there. The first and last slice may reach beyond the range."""

    start: datetime
    end: datetime
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


class Slices:
    def __init__(self, first: datetime, seconds: int, number: int, values: Sequence[str]) -> None:
        self.first, self.seconds = first, seconds
        length = timedelta(seconds=seconds)
        starts = [first + length * place for place in range(number)]
        self.all = [Slice(start, start + length, dict.fromkeys(values, 0)) for start in starts]

    def place(self, moment: datetime) -> int:
        """Which slice a moment lies in."""
        return (moment - self.first) // timedelta(seconds=self.seconds)

    def add(self, moment: datetime, value: str, number: int) -> None:
        counts = self.all[self.place(moment)].counts
        counts[value] = counts.get(value, 0) + number


def slices(since: datetime, until: datetime, most: int, values: Sequence[str]) -> Slices:
    """At most ``most`` + 1 slices, each beginning at a multiple of its length since 1970."""
    start, end = since.timestamp(), max(until.timestamp(), since.timestamp() + 1)
    fitting = (length for length in LENGTHS if (end - start) / length <= most)
    seconds = next(fitting, int((end - start) // most // DAY + 1) * DAY)
    first = int(start // seconds) * seconds
    number = int(-((first - end) // seconds))
    return Slices(datetime.fromtimestamp(first, UTC), seconds, number, values)
