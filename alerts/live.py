"""Transitions -> browsers. The table is the truth: each connection reads on from the last number it sent.

Numbers are handed out as a transaction's last statement (see Counter), so whoever asks for all above the last number
misses none, whatever the order in which transactions began. One watcher a process looks for new numbers and wakes the
connections; a slow browser only delays itself.
"""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from alerts.event import transition_event
from alerts.models import Counter, Transition

LOOK_SECONDS = 0.1
FRAME = 500  # transitions in one message
NOT_SIGNED_IN, BAD_REQUEST = 4401, 4400


class Watcher:
    """Looks at the counter while somebody listens, and wakes all that do."""

    def __init__(self) -> None:
        self.listeners: set[asyncio.Event] = set()
        self.task: asyncio.Task[None] | None = None

    def add(self, listener: asyncio.Event) -> None:
        self.listeners.add(listener)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self.watch())

    def remove(self, listener: asyncio.Event) -> None:
        self.listeners.discard(listener)

    async def watch(self) -> None:
        seen = -1
        while self.listeners:
            if (current := await latest()) != seen:
                seen = current
                for listener in self.listeners:
                    listener.set()
            await asyncio.sleep(LOOK_SECONDS)


watchers: dict[asyncio.AbstractEventLoop, Watcher] = {}


def watcher() -> Watcher:
    return watchers.setdefault(asyncio.get_running_loop(), Watcher())


@database_sync_to_async
def latest() -> int:
    return Counter.current("transitions")


@database_sync_to_async
def after(seq: int) -> list[dict[str, Any]]:
    rows = Transition.objects.filter(seq__gt=seq).select_related("alert", "alert__assignee").order_by("seq")
    return [transition_event(row) for row in rows[:FRAME]]


class AlertsConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """``/ws/alerts/?after=SEQ``: what was missed, then ``ready``, then what comes."""

    sender: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        await self.accept()
        if not self.scope["user"].is_authenticated:
            await self.close(NOT_SIGNED_IN)
            return
        asked = parse_qs(self.scope["query_string"].decode()).get("after", [""])[0]
        if asked and not (asked.isascii() and asked.isdigit() and len(asked) < 19):
            await self.close(BAD_REQUEST)
            return
        self.seq = int(asked) if asked else await latest()
        self.woken = asyncio.Event()
        self.sender = asyncio.create_task(self.send_all())

    async def disconnect(self, code: int) -> None:
        if self.sender:
            watcher().remove(self.woken)
            self.sender.cancel()

    async def send_all(self) -> None:
        await self.catch_up()
        await self.send(json.dumps({"type": "ready", "seq": self.seq}))
        watcher().add(self.woken)
        self.woken.set()  # for what came between the last look and the adding
        while True:
            await self.woken.wait()
            self.woken.clear()
            await self.catch_up()

    async def catch_up(self) -> None:
        while found := await after(self.seq):
            await self.send(json.dumps({"type": "transitions", "transitions": found}))
            self.seq = found[-1]["seq"]
