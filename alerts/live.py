"""Transitions -> browsers. The table is the truth: each connection reads on from the last number it sent.

Numbers are handed out as a transaction's last statement (see Counter), so whoever asks for all above the last number
misses none, whatever the order in which transactions began. One watcher a process looks for new numbers (at once where
Redis tells it to), makes the frame that most connections want next, and wakes them. A connection that is behind reads
the table for itself: a slow browser only delays itself.
"""

import asyncio
import json
import logging
from contextlib import suppress
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError

from alerts import wake
from alerts.event import transition_event
from alerts.models import Counter, Transition
from search import bell

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.1
NET_SECONDS = 1.0  # between looks where changes are told besides
# sent by one process; with many listeners a frame is made less often and holds more
FRAMES_A_SECOND = 2000
FRAME = 500  # transitions in one message
KEPT_FRAMES = 16  # made for all; who is further behind reads for itself
NOT_SIGNED_IN, BAD_REQUEST, TRY_AGAIN = 4401, 4400, 1013

Frame = tuple[int, str]  # the number of its last transition, and the message


def current_number() -> int:
    return Counter.current("transitions")


def next_frame(after: int) -> Frame | None:
    """The next frame after a number; None when there is nothing."""
    rows = Transition.objects.filter(seq__gt=after).select_related("alert", "alert__assignee").order_by("seq")
    found = [transition_event(row) for row in rows[:FRAME]]
    return (found[-1]["seq"], json.dumps({"type": "transitions", "transitions": found})) if found else None


latest = database_sync_to_async(current_number)
read = database_sync_to_async(next_frame)


class Watcher:
    """Looks at the counter while somebody listens. ``frames``: the newest ones, by the number they come after."""

    def __init__(self) -> None:
        self.listeners: set[asyncio.Event] = set()
        self.frames: dict[int, Frame] = {}
        self.seq = 0
        self.task: asyncio.Task[None] | None = None
        self.rung = asyncio.Event()
        self.hearing = False
        self.fresh = False

    def add(self, listener: asyncio.Event, seq: int) -> None:
        self.listeners.add(listener)
        if self.task is None or self.task.done():
            self.seq = seq
            self.frames.clear()
            self.task = asyncio.create_task(self.watch())
        listener.set()  # for what came between its last look and now

    def remove(self, listener: asyncio.Event) -> None:
        self.listeners.discard(listener)

    async def watch(self) -> None:
        ear = asyncio.create_task(bell.listen(wake.GROUP, self.rung.set, self.hears)) if settings.REDIS_URL else None
        try:
            while self.listeners:
                self.rung.clear()
                try:
                    await self.look()
                except DatabaseError as error:
                    log.warning("cannot look for transitions: %s", error)
                await asyncio.sleep(self.pause())
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.rung.wait(), NET_SECONDS if self.hearing else LOOK_SECONDS)
        finally:
            if ear:
                ear.cancel()

    def pause(self) -> float:
        """How long what was just made takes to be sent to all; nothing for a few listeners."""
        seconds = len(self.listeners) / FRAMES_A_SECOND if self.fresh else 0
        return seconds if seconds > LOOK_SECONDS / 2 else 0

    def hears(self, hearing: bool) -> None:
        self.hearing = hearing
        self.rung.set()  # for what was told before it could be heard

    async def look(self) -> None:
        current = await latest()
        self.fresh = current > self.seq
        # what came since is for the next look: a frame of its own for each would cost as much as one for all
        while self.seq < current and (frame := await read(self.seq)):
            self.frames[self.seq] = frame
            self.seq = frame[0]
            while len(self.frames) > KEPT_FRAMES:
                del self.frames[next(iter(self.frames))]
            for listener in self.listeners:
                listener.set()


watchers: dict[asyncio.AbstractEventLoop, Watcher] = {}


def watcher() -> Watcher:
    """This event loop's; a process that serves has one loop, tests have many."""
    for loop in [loop for loop in watchers if loop.is_closed()]:
        del watchers[loop]
    return watchers.setdefault(asyncio.get_running_loop(), Watcher())


class AlertsConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """``/ws/alerts/?after=SEQ``: what was missed, then ``ready``, then what comes."""

    channel_layer_alias = ""  # none: what reads from a channel ends when Redis goes away
    sender: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        await self.accept()  # also before a refusal: a browser is told the code of a socket only once it is open
        if not self.scope["user"].is_authenticated:
            await self.close(NOT_SIGNED_IN)
            return
        asked = parse_qs(self.scope["query_string"].decode("latin-1"), keep_blank_values=True).get("after")
        if asked and not (asked[0].isascii() and asked[0].isdigit() and len(asked[0]) < 19):
            await self.close(BAD_REQUEST)
            return
        self.woken = asyncio.Event()
        self.sender = asyncio.create_task(self.serve(int(asked[0]) if asked else None))

    async def disconnect(self, code: int) -> None:
        if self.sender:
            watcher().remove(self.woken)
            self.sender.cancel()

    async def serve(self, after: int | None) -> None:
        try:
            await self.send_all(after)
        except DatabaseError as error:
            log.warning("a browser has to come again: %s", error)
            await self.close(TRY_AGAIN)

    async def send_all(self, after: int | None) -> None:
        current = await latest()
        # a number from the future is of another database: nothing that it counted can be missed here
        self.seq = current if after is None else min(after, current)
        while frame := await read(self.seq):
            await self.forward(frame)
        await self.send(json.dumps({"type": "ready", "seq": self.seq}))
        shared = watcher()
        shared.add(self.woken, self.seq)
        while True:
            await self.woken.wait()
            self.woken.clear()
            while self.seq < shared.seq and (frame := shared.frames.get(self.seq) or await read(self.seq)):
                await self.forward(frame)

    async def forward(self, frame: Frame) -> None:
        await self.send(frame[1])
        self.seq = frame[0]
