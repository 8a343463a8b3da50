"""``/ws/logs/?q=QUERY``: new logs that match the query, in batches, with the number of those that were let go.

A browser says "seen" for each message that it has shown: then no more than a few are under way, and a slow one is
given less. Whoever never says so is sent all that a person could read.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError

from query import QueryError, matcher
from search.arrivals import Places
from search.tail import Tail, Watch
from telemetry.storable import storable

FRAME_SECONDS = 0.25  # between messages to one browser
UNDER_WAY = 3  # messages that a browser has not yet shown
MOST_WATCHES = 200  # a process
WRONG_QUERY, NOT_SIGNED_IN, TRY_AGAIN = 4400, 4401, 1013

tails: dict[asyncio.AbstractEventLoop, Tail] = {}


def tail(places: Callable[[], Places]) -> Tail:
    """This event loop's; a process that serves has one loop, tests have many."""
    for loop in [loop for loop in tails if loop.is_closed()]:
        del tails[loop]
    return tails.setdefault(asyncio.get_running_loop(), Tail(places))


class LogsConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    channel_layer_alias = ""  # none: what reads from a channel ends when Redis goes away
    sender: asyncio.Task[None] | None = None
    watch: Watch | None = None
    sent = 0
    seen: int | None = None  # until it says so for the first time

    def __init__(self, places: Callable[[], Places]) -> None:
        super().__init__()
        self.places = places

    async def connect(self) -> None:
        if not self.scope["user"].is_authenticated:
            await self.refuse(NOT_SIGNED_IN)
            return
        asked = parse_qs(self.scope["query_string"].decode("latin-1"), keep_blank_values=True).get("q", [""])
        try:
            query = storable(asked[0])
            matcher(query, "logs")
        except QueryError as error:
            await self.refuse(WRONG_QUERY, detail=str(error), position=error.position, length=error.length)
            return
        shared = tail(self.places)
        if len(shared.watches) >= MOST_WATCHES:
            await self.refuse(TRY_AGAIN, detail=f"{MOST_WATCHES} others watch already")
            return
        await self.begin(shared, Watch(query))

    async def begin(self, shared: Tail, watch: Watch) -> None:
        self.watch, self.shown = watch, asyncio.Event()
        try:
            await shared.add(watch)
        except DatabaseError:
            await self.refuse(TRY_AGAIN, detail="the database can't be read now")
            return
        await self.accept()  # now: whoever is let in misses nothing from here on
        self.sender = asyncio.create_task(self.serve())

    async def refuse(self, code: int, **why: Any) -> None:
        """A browser is told the code of a socket only once it is open."""
        await self.accept()
        if why:
            await self.send(json.dumps({"type": "error", **why}))
        await self.close(code)

    async def disconnect(self, code: int) -> None:
        if self.watch:
            tail(self.places).remove(self.watch)
        if self.sender:
            self.sender.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if text_data == "seen":
            self.seen = min((self.seen or 0) + 1, self.sent)
            self.shown.set()

    async def serve(self) -> None:
        assert self.watch
        while True:
            await self.watch.ready.wait()
            while self.seen is not None and self.sent - self.seen >= UNDER_WAY:
                self.shown.clear()
                await self.shown.wait()
            self.sent += 1
            await self.send(self.watch.fetch().decode())
            await asyncio.sleep(FRAME_SECONDS)
