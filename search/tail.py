"""The live tail: one reader a process looks for new logs while somebody watches, and gives each what its query takes.

Where there is Redis, the worker is told that somebody watches, and tells when it has stored logs. That is a hint: who
isn't told looks by itself, more seldom.

Watchers with the same query share its work. What a watcher does not fetch in time is let go, oldest first, and
counted. While nobody watches, nothing is read, and whoever writes never knows.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError

from query import matcher
from search.api.shapes import shown
from search.arrivals import Places, arrived
from search.bell import Bell, listen
from search.watched import NEWS, SAY_SECONDS, WATCHED

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
NET_SECONDS = 1.0  # between looks where new logs are told besides
KEPT = 40  # records that wait for a watcher
LINE_BYTES = 8000  # of one record; what is longer is shortened
SHORT = 2000  # characters

encode = msgspec.json.Encoder().encode
Lines = list[bytes]


@dataclass(eq=False)
class Watch:
    """One who watches. ``dropped``: how many it was not given since it last fetched."""

    query: str
    lines: deque[bytes] = field(default_factory=deque)
    dropped: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def give(self, lines: Lines, passed: int) -> None:
        self.lines.extend(lines)
        self.dropped += passed
        while len(self.lines) > KEPT:
            self.lines.popleft()
            self.dropped += 1
        if self.lines or self.dropped:
            self.ready.set()

    def fetch(self) -> bytes:
        """The message for what there is."""
        message = b'{"type":"records","records":[%s],"dropped":%d}' % (b",".join(self.lines), self.dropped)
        self.lines.clear()
        self.dropped = 0
        self.ready.clear()
        return message


class News(NamedTuple):
    places: Places
    lines: Mapping[str, Lines]  # by query
    passed: int


def news(before: Places, now: Places, queries: Iterable[str]) -> News:
    """What came between two looks, for each of the queries."""
    if before == now:
        return News(now, {}, 0)
    records, passed = arrived(before, now)
    written: dict[str, bytes] = {}
    return News(now, {query: lines(records, query, written) for query in queries}, passed)


def lines(records: Iterable[Any], query: str, written: dict[str, bytes]) -> Lines:
    """``written``: what another query took already."""
    matches = matcher(query, "logs")
    taken = [record for record in records if matches(record)]
    for record in taken[-KEPT:]:
        if record.id not in written:
            written[record.id] = line(record)
    # those that nobody will be given only count
    return [written.get(record.id, b"") for record in taken]


def line(record: Any) -> bytes:
    """As the API shows it; a long one is shortened and says so."""
    values = shown(record)
    text = encode(values)
    if len(text) <= LINE_BYTES:
        return text
    short = {name: values[name][:SHORT] for name in ("message", "pattern")}
    return encode(values | short | {"attrs": {}, "shortened": True})


class Tail:
    """``places`` tells how far the worker is."""

    def __init__(self, places: Callable[[], Places]) -> None:
        self.watches: set[Watch] = set()
        self.read_places = database_sync_to_async(places)
        self.places: Places = {}
        self.looking = asyncio.Lock()
        self.task: asyncio.Task[None] | None = None
        self.rung = asyncio.Event()
        self.hearing = False
        self.watched = Bell(WATCHED)
        self.say_at = 0.0

    async def add(self, watch: Watch) -> None:
        """From here on it misses nothing that it isn't told of."""
        async with self.looking:
            if self.task is None or self.task.done():
                self.places = await self.read_places()
                self.task = asyncio.create_task(self.run())
            self.watches.add(watch)

    def remove(self, watch: Watch) -> None:
        self.watches.discard(watch)

    async def run(self) -> None:
        ear = asyncio.create_task(listen(NEWS, self.rung.set, self.hears)) if settings.REDIS_URL else None
        try:
            while await self.turn():
                await asyncio.sleep(LOOK_SECONDS)
                if self.hearing:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self.rung.wait(), NET_SECONDS - LOOK_SECONDS)
        finally:
            if ear:
                ear.cancel()

    def hears(self, hearing: bool) -> None:
        self.hearing = hearing
        self.rung.set()  # for what was told before it could be heard

    async def turn(self) -> bool:
        """Look once; whether to go on."""
        async with self.looking:
            if not self.watches:
                self.task = None
                return False
            self.rung.clear()
            if self.hearing and time.monotonic() >= self.say_at:
                self.say_at = time.monotonic() + SAY_SECONDS
                self.watched.ring()
            try:
                await self.look()
            except DatabaseError as error:
                log.warning("cannot look for new logs: %s", error)
            return True

    async def look(self) -> None:
        queries = {watch.query for watch in self.watches}
        found = await find_news(self.places, await self.read_places(), queries)
        self.places = found.places
        for watch in self.watches:
            watch.give(found.lines.get(watch.query, []), found.passed)


find_news = database_sync_to_async(news)
