"""Hours of a week, as people write them: ``mon-fri 09:00-17:00``, a line each. Pure.

A span that ends at or before its beginning goes on into the next day: ``fri 22:00-06:00`` ends on Saturday.
"""

import re
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LINE = re.compile(r"(?:(?P<days>[a-z,\- ]+?)\s+)?(?P<begin>\d\d:\d\d)\s*-\s*(?P<end>\d\d:\d\d)|(?P<alone>[a-z,\- ]+)")
DAY = 24 * 60


class HoursError(ValueError):
    """Says which line can't be read, and why."""


class Span(NamedTuple):
    """``begin`` and ``end``: minutes of the day; an end at or before the beginning is of the next day."""

    days: frozenset[int]
    begin: int
    end: int


def parse_hours(text: str) -> tuple[Span, ...]:
    """Raises HoursError."""
    return tuple(span(line) for line in text.lower().splitlines() if line.strip())


def span(line: str) -> Span:
    found = LINE.fullmatch(line.strip())
    if not found:
        raise HoursError(f"{line.strip()!r} is not like mon-fri 09:00-17:00")
    days = found["days"] or found["alone"] or "mon-sun"
    begin, end = minutes(found["begin"] or "00:00"), minutes(found["end"] or "24:00")
    return Span(frozenset(day for part in days.split(",") for day in named(part.strip())), begin, end)


def named(part: str) -> list[int]:
    first, dash, last = (name.strip() for name in part.partition("-"))
    for name in (first, last) if dash else (first,):
        if name not in DAYS:
            raise HoursError(f"{name!r} is no day: {', '.join(DAYS)}")
    low, high = DAYS.index(first), DAYS.index(last or first)
    return [day % 7 for day in range(low, high + 1 if high >= low else high + 8)]


def minutes(text: str) -> int:
    hour, minute = map(int, text.split(":"))
    if minute > 59 or hour * 60 + minute > DAY:
        raise HoursError(f"{text!r} is no time of day")
    return hour * 60 + minute


def within(spans: tuple[Span, ...], zone: str, now: datetime) -> bool:
    """Whether the clock on the wall of the zone shows one of them; no spans are always."""
    wall = now.astimezone(ZoneInfo(zone))
    day, minute = wall.weekday(), wall.hour * 60 + wall.minute
    return not spans or any(covers(one, day, minute) for one in spans)


def covers(one: Span, day: int, minute: int) -> bool:
    if one.begin < one.end:
        return day in one.days and one.begin <= minute < one.end
    return (day in one.days and minute >= one.begin) or ((day - 1) % 7 in one.days and minute < one.end)
