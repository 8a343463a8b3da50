"""Times as RFC 3339 writes them, to nanoseconds since the epoch: all nine digits, which datetime hasn't.

What is a time is for msgspec to say. It is asked once a second and zone, not once a record.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

import msgspec

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2262, 1, 1, tzinfo=UTC)
SECOND = 19  # where "2026-01-10T12:30:45" ends


class OutOfRange(ValueError):
    """A time, but one that no clock of ours shows."""


def nanoseconds(text: str) -> int:
    """Digits beyond the ninth are cut off. Raises msgspec.ValidationError where the text is no time with its zone."""
    zone = "Z" if text.endswith("Z") else zone_of(text)
    at = whole_second(text[:SECOND] + zone)
    fraction = text[SECOND : -len(zone)]
    if not fraction:
        return at
    digits = fraction[1:]
    if fraction[0] != "." or not (digits.isascii() and digits.isdecimal()):
        raise msgspec.ValidationError("Invalid RFC3339 encoded datetime")
    return at + int(digits[:9].ljust(9, "0"))


def zone_of(text: str) -> str:
    """ "z", "+01:00" or "+0100"."""
    return text[-1:] if text.endswith("z") else text[-6:] if text[-3:-2] == ":" else text[-5:]


@lru_cache(maxsize=65536)
def whole_second(text: str) -> int:
    moment = msgspec.convert(text, Moment)
    if not EARLIEST <= moment < LATEST:
        raise OutOfRange("expected a time from 1970 to 2261")
    return int(moment.timestamp()) * 1_000_000_000
