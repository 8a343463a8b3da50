"""Times as text: RFC 3339 in UTC with microseconds."""

from datetime import UTC, datetime
from functools import lru_cache

MINUTE = 60_000_000_000


@lru_cache(maxsize=4096)
def minute(minutes: int) -> str:
    return datetime.fromtimestamp(60 * minutes, UTC).strftime("%Y-%m-%dT%H:%M:")


class Texts(dict[int, str]):
    """Each time's text, remembered: a record's is written to Kafka, then to the database; many arrive at one time."""

    SIZE = 30_000  # more than a batch has

    def __missing__(self, nanoseconds: int) -> str:
        minutes, rest = divmod(nanoseconds, MINUTE)
        microseconds = rest // 1000
        if len(self) >= self.SIZE:
            self.clear()
        text = f"{minute(minutes)}{microseconds // 1_000_000:02d}.{microseconds % 1_000_000:06d}Z"
        self[nanoseconds] = text
        return text


rfc3339 = Texts().__getitem__  # of nanoseconds since the epoch
