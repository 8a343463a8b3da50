"""The range of time that a page's address asks for: a name, or two moments."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.http import QueryDict
from django.utils.dateparse import parse_datetime

RANGES = {
    "15m": ("last 15 min", 900),
    "1h": ("last hour", 3600),
    "6h": ("last 6 h", 21600),
    "24h": ("last 24 h", 86400),
    "7d": ("last 7 d", 604800),
    "30d": ("last 30 d", 2592000),
}
DEFAULT = "1h"


@dataclass(frozen=True)
class Range:
    """``name``: a key of RANGES; empty where the moments were chosen."""

    name: str
    since: datetime
    until: datetime
    words: str


def asked(get: QueryDict, now: datetime) -> Range:
    since, until = moment(get.get("from", "")), moment(get.get("to", ""))
    if since and until and since < until and since.year >= 1970:
        return Range("", since, until, in_words(since, until))
    name = get.get("range", "")
    name = name if name in RANGES else DEFAULT
    words, seconds = RANGES[name]
    return Range(name, now - timedelta(seconds=seconds), now, words)


def moment(text: str) -> datetime | None:
    """A time with its zone, or nothing."""
    try:
        found = parse_datetime(re.sub(r" (\d\d:?\d\d)$", r"+\1", text))  # an unescaped plus arrives as a space
        return found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def in_words(since: datetime, until: datetime) -> str:
    same_day = since.date() == until.date()
    return f"{since:%-d %b %H:%M} – {until:{'%H:%M' if same_day else '%-d %b %H:%M'}} UTC"
