"""Times as RFC 3339 writes them, to nanoseconds since the epoch: all nine digits, which datetime hasn't.

What is a time is for msgspec to say. It is asked once a minute and zone, not once a record.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

import msgspec

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2262, 1, 1, tzinfo=UTC)
MINUTE, SECOND = 16, 19  # where "2026-01-10T12:30" and "2026-01-10T12:30:45" end
FRACTION = re.compile(r"\.[0-9]+")
SECONDS = {f":{second:02}": second * 1_000_000_000 for second in range(60)}
# what most times end with
MILLISECONDS = {"Z": 0} | {f".{number:03}Z": number * 1_000_000 for number in range(1000)}


class OutOfRange(ValueError):
    """A time, but one that no clock of ours shows."""


class WholeSeconds(dict[str, int]):
    """Times in UTC without their fractions and zone, remembered: many records are of one second."""

    SIZE = 50_000

    def __missing__(self, text: str) -> int:
        if len(self) >= self.SIZE:
            self.clear()
        at = self[text] = read(f"{text}Z")
        return at


_whole_seconds = WholeSeconds()


def nanoseconds(text: str) -> int:
    """Digits beyond the ninth are cut off. Raises msgspec.ValidationError where the text is no time with its zone."""
    fraction = MILLISECONDS.get(text[SECOND:])
    return read(text) if fraction is None else _whole_seconds[text[:SECOND]] + fraction


def read(text: str) -> int:
    zone = "Z" if text.endswith("Z") else zone_of(text)
    at = whole_minute(f"{text[:MINUTE]}:00{zone}")
    second, fraction = SECONDS.get(text[MINUTE:SECOND]), text[SECOND : -len(zone)]
    if second is None or (fraction and not FRACTION.fullmatch(fraction)):
        raise msgspec.ValidationError("Invalid RFC3339 encoded datetime")
    return at + second + int(fraction[1:10].ljust(9, "0"))


def zone_of(text: str) -> str:
    """ "z", "+01:00" or "+0100"."""
    return text[-1:] if text.endswith("z") else text[-6:] if text[-3:-2] == ":" else text[-5:]


@lru_cache(maxsize=65536)
def whole_minute(text: str) -> int:
    moment = msgspec.convert(text, Moment)
    if not EARLIEST <= moment < LATEST:
        raise OutOfRange("expected a time from 1970 to 2261")
    return int(moment.timestamp()) * 1_000_000_000
