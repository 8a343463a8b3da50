"""A maintenance window: at times that come again, by the clocks of a place, alerts that meet a query are muted.

The recurrence is worked out in the place's own time, without offsets; then each occurrence is put on the time line by
the zone's rules of that day. So "22:00 for 8 h" is 22:00 to 06:00 by the clock on the wall, also in the night in which
the clocks change. A time that the clocks leave out counts as the moment after; of one that they show twice, a window
begins at the first and ends at the second.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from dateutil.rrule import rrule, rrulestr

from query import matcher

PARTS = (
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "WKST",
    "BYDAY",
    "BYMONTHDAY",
    "BYMONTH",
    "BYWEEKNO",
    "BYYEARDAY",
    "BYSETPOS",
)
WIDE = ("BYMONTHDAY", "BYYEARDAY", "BYWEEKNO")  # with a daily rule, a search for what never happens would take long
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
DAY = timedelta(days=1)

Span = tuple[datetime, datetime]


class MaintenanceSpec(msgspec.Struct, frozen=True):
    """``first``: the first beginning, without a zone; ``recurrence``: an RRULE without its name, empty for once."""

    id: str
    query: str
    first: datetime
    minutes: int
    zone: str
    recurrence: str = ""

    def in_force(self, now: datetime) -> bool:
        return any(begin <= now < end for begin, end in around(self, now.astimezone(UTC).date()))

    def meets(self, event: Any) -> bool:
        return matcher(self.query, "alerts")(event)


def wrong_recurrence(spec: MaintenanceSpec) -> str:
    """What is wrong with the recurrence, empty if nothing is."""
    if not spec.recurrence:
        return ""
    parts = dict(part.partition("=")[::2] for part in spec.recurrence.split(";"))
    if unknown := [name for name in parts if name not in PARTS]:
        return f"{unknown[0]!r} can't be used here; known: {', '.join(PARTS)}"
    if parts.get("FREQ") not in FREQUENCIES:
        return f"FREQ must be one of {', '.join(FREQUENCIES)}"
    if parts["FREQ"] in ("DAILY", "WEEKLY") and (wide := [name for name in WIDE if name in parts]):
        return f"{wide[0]} goes with MONTHLY or YEARLY"
    if not parts.get("INTERVAL", "1").isdecimal() or not int(parts.get("INTERVAL", "1")):
        return "INTERVAL must be a number above 0"
    try:
        if next(starts(spec, spec.first, spec.first + 3660 * DAY), None) is None:
            return "never happens within ten years"
    except (ValueError, TypeError, OverflowError) as error:
        return f"not a recurrence such as FREQ=WEEKLY;BYDAY=SU: {error}"
    return ""


def known_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def upcoming(spec: MaintenanceSpec, now: datetime, count: int) -> list[Span]:
    """The occurrences that end after ``now``, as far as two years ahead."""
    local = now.astimezone(ZoneInfo(spec.zone)).replace(tzinfo=None)
    found: list[Span] = []
    for start in starts(spec, local - length(spec) - DAY, local + 731 * DAY):
        begin, end = placed(spec, start)
        if end > now:
            found.append((begin, end))
        if len(found) == count:
            break
    return found


@lru_cache(maxsize=4096)
def around(spec: MaintenanceSpec, day: date) -> tuple[Span, ...]:
    """The occurrences that touch a day of UTC."""
    low = datetime(day.year, day.month, day.day, tzinfo=UTC)
    bare = low.replace(tzinfo=None)
    spans = (placed(spec, start) for start in starts(spec, bare - length(spec) - 2 * DAY, bare + 3 * DAY))
    return tuple((begin, end) for begin, end in spans if begin < low + DAY and end > low)


def starts(spec: MaintenanceSpec, low: datetime, high: datetime) -> Iterator[datetime]:
    """The beginnings within [low, high], by the clock on the wall."""
    for start in rule(spec) if spec.recurrence else (spec.first,):
        if start > high:
            return
        if start >= low:
            yield start


def rule(spec: MaintenanceSpec) -> rrule:
    made = rrulestr(spec.recurrence, dtstart=spec.first)
    assert isinstance(made, rrule)
    return made


def length(spec: MaintenanceSpec) -> timedelta:
    return timedelta(minutes=spec.minutes)


def placed(spec: MaintenanceSpec, start: datetime) -> Span:
    zone = ZoneInfo(spec.zone)
    end = start + length(spec)
    return at(start, zone, 0), max(at(end, zone, 0), at(end, zone, 1))


def at(local: datetime, zone: ZoneInfo, fold: int) -> datetime:
    return local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
