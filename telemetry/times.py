"""Times as text: RFC 3339 in UTC with microseconds."""

from datetime import UTC, datetime
from functools import lru_cache

MINUTE = 60_000_000  # microseconds
# digits by table, as formatting a number costs more than all the rest
SECONDS = tuple(f"{number:02d}." for number in range(60))
THOUSAND = tuple(f"{number:03d}" for number in range(1000))


@lru_cache(maxsize=4096)
def minute(minutes: int) -> str:
    return datetime.fromtimestamp(60 * minutes, UTC).strftime("%Y-%m-%dT%H:%M:")


class Texts(dict[int, str]):
    """Each time's text, remembered: a record's is written to Kafka, then to the database; many arrive at one time."""

    SIZE = 30_000  # more than a batch has

    def __missing__(self, nanoseconds: int) -> str:
        if len(self) >= self.SIZE:
            self.clear()
        minutes, rest = divmod(nanoseconds // 1000, MINUTE)
        thousandths = rest // 1000
        text = f"{minute(minutes)}{SECONDS[thousandths // 1000]}{THOUSAND[thousandths % 1000]}{THOUSAND[rest % 1000]}Z"
        self[nanoseconds] = text
        return text


rfc3339 = Texts().__getitem__  # of nanoseconds since the epoch
