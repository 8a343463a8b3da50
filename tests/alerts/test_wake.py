"""Pages are woken over Redis, and miss nothing when it goes away."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.db import connections, transaction
from django.utils import timezone

from alerts import lifecycle, live
from alerts.models import Alert, Transition
from search import bell

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("over_redis")]
LONG = 60.0  # longer than a test waits: what comes has been told, not found by looking


@pytest.fixture
def alert():
    now = timezone.now()
    values = {"fingerprint": "f", "rule_slug": "price", "rule_version": 1, "service": "catalog", "count": 1}
    more = {"issue_code": "PRICE", "severity": "error", "message": "x", "first_seen": now, "last_seen": now}
    return Alert.objects.create(created_at=now, **values | more)


def change(alert, key):
    with transaction.atomic():
        lifecycle.publish([lifecycle.change(alert, "repeated", timezone.now(), key)])


@asynccontextmanager
async def watching(monkeypatch, net):
    """A page's side of the watcher, which looks by itself only every ``net`` seconds once it hears."""
    monkeypatch.setattr(live, "NET_SECONDS", net)
    watcher, woken = live.Watcher(), asyncio.Event()
    watcher.add(woken, 0)
    async with asyncio.timeout(20):
        while not watcher.hearing:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    yield watcher
    watcher.remove(woken)
    assert watcher.task is not None
    watcher.task.cancel()
    await asyncio.gather(watcher.task, return_exceptions=True)
    await sync_to_async(connections.close_all)()


async def seen(watcher, seq):
    async with asyncio.timeout(20):
        while watcher.seq < seq:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def test_a_change_is_told_across_processes_without_looking(alert, monkeypatch):
    monkeypatch.setattr(bell, "JOIN_SECONDS", LONG)

    async def journey():
        async with watching(monkeypatch, LONG) as watcher:
            for seq in (1, 2, 3):
                await database_sync_to_async(change, thread_sensitive=False)(alert, str(seq))
                await seen(watcher, seq)

    async_to_sync(journey)()


def test_a_redis_that_was_restarted_has_the_pages_in_its_group_again(alert, own_redis, monkeypatch):
    async def journey():
        async with watching(monkeypatch, LONG) as watcher:
            await asyncio.to_thread(own_redis.kill)
            await asyncio.to_thread(own_redis.start)
            await database_sync_to_async(change, thread_sensitive=False)(alert, "after")
            await seen(watcher, 1)

    async_to_sync(journey)()


def test_a_browser_s_socket_outlives_redis(alert, own_redis):
    own_redis.stop()

    async def journey():
        browser = WebsocketCommunicator(live.AlertsConsumer.as_asgi(), "/ws/alerts/")
        browser.scope["user"] = User(username="ada", pk=1)
        try:
            assert (await browser.connect())[0]
            assert json.loads(await browser.receive_from(20)) == {"type": "ready", "seq": 0}
            await database_sync_to_async(change, thread_sensitive=False)(alert, "1")
            assert json.loads(await browser.receive_from(20))["transitions"][0]["seq"] == 1
        finally:
            await browser.disconnect()
            await sync_to_async(connections.close_all)()

    async_to_sync(journey)()


def test_while_redis_is_away_changes_are_written_and_found_by_looking(alert, own_redis, monkeypatch):
    async def journey():
        async with watching(monkeypatch, 0.2) as watcher:
            await asyncio.to_thread(own_redis.stop)
            for seq in (1, 2):
                await database_sync_to_async(change, thread_sensitive=False)(alert, str(seq))
                await seen(watcher, seq)

    async_to_sync(journey)()
    assert Transition.objects.count() == 2
