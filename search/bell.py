"""Wakes other processes over Redis. Only a hint: whoever misses it looks a moment later anyway."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from telemetry.trouble import Trouble

RING_SECONDS = 2.0  # the longest that telling may take
JOIN_SECONDS = 5.0  # between joinings of the group, which a Redis that was restarted has forgotten
RETRY_SECONDS = 1.0

FAILURES = (RedisError, OSError, TimeoutError)
trouble = Trouble()


class Bell:
    """Rings in a thread of its own: whoever has news must not wait for Redis, nor fail with it."""

    def __init__(self, group: str) -> None:
        self.group = group
        self.due = threading.Event()
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def ring(self) -> None:
        with self.lock:
            if self.thread is None:
                self.thread = threading.Thread(target=self.run, name=f"bell {self.group}", daemon=True)
                self.thread.start()
        self.due.set()

    def run(self) -> None:
        loop = asyncio.new_event_loop()
        while True:
            self.due.wait()
            self.due.clear()
            try:
                loop.run_until_complete(tell(self.group))
            except FAILURES as error:
                trouble.say("redis", "Redis: others learn of news by looking, a second later: %r", error)
            else:
                trouble.over("redis", "Redis answers again")


async def tell(group: str) -> None:
    async with asyncio.timeout(RING_SECONDS):
        await get_channel_layer().group_send(group, {"type": "wake"})


async def listen(group: str, rung: Callable[[], None], hearing: Callable[[bool], None]) -> None:
    """Call ``rung`` at every ring until cancelled.

    ``hearing`` is told whether rings can be heard; each time it is told that they can, some may have been missed.
    """
    layer = get_channel_layer()
    channel = await layer.new_channel()
    while True:
        try:
            await layer.group_add(group, channel)
            hearing(True)
            trouble.over("redis", "Redis answers again")
            await hear(layer, channel, rung)
        except FAILURES as error:
            hearing(False)
            trouble.say("redis", "Redis: news is looked for instead of told: %r", error)
            await asyncio.sleep(RETRY_SECONDS)


async def hear(layer: object, channel: str, rung: Callable[[], None]) -> None:
    try:
        async with asyncio.timeout(JOIN_SECONDS):
            while True:
                await layer.receive(channel)  # type: ignore[attr-defined]
                rung()
    except TimeoutError:
        return


class Ear:
    """For those who wait in threads: sets each of the events at every ring, until it is closed."""

    def __init__(self, group: str, events: Sequence[threading.Event]) -> None:
        self.events = events
        self.loop = asyncio.new_event_loop()
        self.task = self.loop.create_task(listen(group, self.rung, self.hears))
        self.hearing = False
        self.thread = threading.Thread(target=self.run, name=f"ear {group}", daemon=True)
        self.thread.start()

    def run(self) -> None:
        with suppress(asyncio.CancelledError):
            self.loop.run_until_complete(self.task)
        self.loop.close()

    def hears(self, hearing: bool) -> None:
        self.hearing = hearing
        self.rung()

    def rung(self) -> None:
        for event in self.events:
            event.set()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.task.cancel)
        self.thread.join(RING_SECONDS)
