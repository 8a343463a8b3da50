"""Times as text: RFC 3339 in UTC with microseconds."""

from datetime import UTC, datetime

MINUTE = 60_000_000  # microseconds
# digits by table, as formatting a number costs more than all the rest
SECONDS = tuple(f"{number:02d}." for number in range(60))
THOUSAND = tuple(f"{number:03d}" for number in range(1000))


class Minutes(dict[int, str]):
    """The text of each minute, remembered: records come in the order of their times, nearly."""

    SIZE = 5_000

    def __missing__(self, minute: int) -> str:
        if len(self) >= self.SIZE:
            self.clear()
        text = self[minute] = datetime.fromtimestamp(60 * minute, UTC).strftime("%Y-%m-%dT%H:%M:")
        return text


_minutes = Minutes()


def rfc3339(nanoseconds: int) -> str:
    """Of nanoseconds since the epoch."""
    minute, rest = divmod(nanoseconds // 1000, MINUTE)
    thousandths = rest // 1000
    return f"{_minutes[minute]}{SECONDS[thousandths // 1000]}{THOUSAND[thousandths % 1000]}{THOUSAND[rest % 1000]}Z"
