"""The worker wakes the live tail over Redis, only while somebody watches; without Redis nothing is missed."""

import asyncio
import os
import subprocess
import sys

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from search import tail
from tests.search.test_live_socket import arrive, told, watching
from tests.tools import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
LONG = 60.0  # longer than a test waits: what comes has been told, not found by looking
# The worker's side, in a process of its own. Told that logs were stored, it says whether it has ever told anybody.
PROGRAM = """
import sys, time, django
django.setup()
from search import bell, watched
bell.JOIN_SECONDS, watched.BELIEVE_SECONDS = 0.5, 1.0
worker = watched.Watched().start()
for line in sys.stdin:
    if line == "stored\\n":
        worker.ring()
        print(worker.bell.thread is not None, flush=True)
    else:
        print(worker.until > time.monotonic(), flush=True)
"""


class Worker:
    def __init__(self, redis, data):
        own = {
            "REDIS_URL": redis.url,
            "STACKLENS_DATA_DIR": str(data),
            "DJANGO_SETTINGS_MODULE": "stacklens_site.settings",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], cwd=ROOT, env=os.environ | own, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def ask(self, word):
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline() == "True\n"

    def stored(self, message):
        arrive(1, message=message)
        return self.ask("stored")

    async def knows(self, watched):
        async with asyncio.timeout(20):
            while await asyncio.to_thread(self.ask, "watched?") != watched:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.05)


@pytest.fixture
def worker(over_redis, tmp_path, monkeypatch):
    monkeypatch.setattr(tail, "SAY_SECONDS", 0.0)
    running = Worker(over_redis, tmp_path)
    yield running
    running.process.kill()
    running.process.communicate()


async def told_of(browser, message):
    (record,), dropped = await told(browser, 1)
    assert (record["message"], dropped) == (message, 0)


def test_only_while_somebody_watches_new_logs_are_told(worker, monkeypatch):
    assert not worker.stored("nobody sees it")

    async def journey():
        async with watching():
            await worker.knows(watched=True)
        await worker.knows(watched=False)
        assert not await sync_to_async(worker.stored)("nobody sees it either")
        async with watching() as browser:
            await worker.knows(watched=True)
            await asyncio.sleep(tail.NET_SECONDS)
            monkeypatch.setattr(tail, "NET_SECONDS", LONG)
            await sync_to_async(worker.stored)("the last that may be found by looking")
            await told_of(browser, "the last that may be found by looking")
            await asyncio.sleep(tail.LOOK_SECONDS * 2)  # now it waits to be told
            await sync_to_async(worker.stored)("told")
            await told_of(browser, "told")

    async_to_sync(journey)()


def test_a_redis_that_goes_away_and_comes_back_makes_nothing_missed(worker, own_redis):
    async def journey():
        async with watching() as browser:
            await worker.knows(watched=True)
            await asyncio.to_thread(own_redis.kill)
            for message in ("away", "still away"):
                await sync_to_async(worker.stored)(message)
                await told_of(browser, message)
            await worker.knows(watched=False)
            await asyncio.to_thread(own_redis.start)
            await worker.knows(watched=True)  # both have found the new one
            assert await sync_to_async(worker.stored)("back")
            await told_of(browser, "back")

    async_to_sync(journey)()
