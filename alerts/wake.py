"""Wakes the processes that show or tell alerts, over Redis. Only a hint: who misses it looks a moment later."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction
from redis.exceptions import RedisError

from telemetry.trouble import Trouble

GROUP = "stacklens.transitions"
RING_SECONDS = 2.0  # the longest that telling may take
JOIN_SECONDS = 5.0  # between joinings of the group, which a Redis that was restarted has forgotten
RETRY_SECONDS = 1.0

FAILURES = (RedisError, OSError, TimeoutError)
trouble = Trouble()


class Bell:
    """Rings in a thread of its own: whoever changes an alert must not wait for Redis, nor fail with it."""

    def __init__(self) -> None:
        self.due = threading.Event()
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def ring(self) -> None:
        with self.lock:
            if self.thread is None:
                self.thread = threading.Thread(target=self.run, name="bell", daemon=True)
                self.thread.start()
        self.due.set()

    def run(self) -> None:
        loop = asyncio.new_event_loop()
        while True:
            self.due.wait()
            self.due.clear()
            try:
                loop.run_until_complete(tell())
            except FAILURES as error:
                trouble.say("redis", "Redis: pages learn of changes by looking, a second later: %r", error)
            else:
                trouble.over("redis", "Redis answers again")


async def tell() -> None:
    async with asyncio.timeout(RING_SECONDS):
        await get_channel_layer().group_send(GROUP, {"type": "wake"})


bell = Bell()


def after_commit() -> None:
    """Ring when the transaction at hand is committed."""
    if settings.REDIS_URL:
        transaction.on_commit(bell.ring)


class Rung(Protocol):
    def set(self) -> None: ...


async def listen(rung: Rung, hearing: Callable[[bool], None]) -> None:
    """Set ``rung`` at every ring until cancelled; ``hearing`` is told whether rings can be heard."""
    layer = get_channel_layer()
    channel = await layer.new_channel()
    while True:
        try:
            await layer.group_add(GROUP, channel)
            hearing(True)
            trouble.over("redis", "Redis answers again")
            await hear(layer, channel, rung)
        except FAILURES as error:
            hearing(False)
            trouble.say("redis", "Redis: changes are looked for instead of told: %r", error)
            await asyncio.sleep(RETRY_SECONDS)


async def hear(layer: object, channel: str, rung: Rung) -> None:
    try:
        async with asyncio.timeout(JOIN_SECONDS):
            while True:
                await layer.receive(channel)  # type: ignore[attr-defined]
                rung.set()
    except TimeoutError:
        rung.set()  # for what was told while we were not in the group


class Ear:
    """For those who wait in threads: sets each of the events at every ring, until it is closed."""

    def __init__(self, events: Sequence[threading.Event]) -> None:
        self.events = events
        self.loop = asyncio.new_event_loop()
        self.task = self.loop.create_task(listen(self, self.hears))
        self.hearing = False
        self.thread = threading.Thread(target=self.run, name="ear", daemon=True)
        self.thread.start()

    def run(self) -> None:
        with suppress(asyncio.CancelledError):
            self.loop.run_until_complete(self.task)
        self.loop.close()

    def hears(self, hearing: bool) -> None:
        self.hearing = hearing

    def set(self) -> None:
        for event in self.events:
            event.set()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.task.cancel)
        self.thread.join(RING_SECONDS)
