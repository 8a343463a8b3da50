"""The WebSocket: who may listen, what is missed by nobody, and what a slow one does to others."""

import asyncio
import json
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser, User
from django.db import connections
from django.utils import timezone

from alerts import live
from alerts.live import FRAME, AlertsConsumer
from alerts.models import Alert, Counter, Transition

pytestmark = pytest.mark.django_db(transaction=True)


def make_alert(**fields):
    now = timezone.now()
    values = {"fingerprint": "f", "rule_slug": "price-missing", "rule_version": 1, "service": "catalog"}
    values |= {"issue_code": "PRICE_MISSING", "severity": "error", "message": "Product price is null", "count": 1}
    return Alert.objects.create(**values | {"first_seen": now, "last_seen": now, "created_at": now} | fields)


def change(alert, kind="repeated", count=1):
    first = Counter.take("transitions", count)
    Transition.objects.bulk_create(
        Transition(seq=seq, alert=alert, kind=kind, at=timezone.now()) for seq in range(first, first + count)
    )
    return first + count - 1


def socket(query="", user=None):
    communicator = WebsocketCommunicator(AlertsConsumer.as_asgi(), f"/ws/alerts/{query}")
    communicator.scope["user"] = user or User(username="ada", pk=1)
    return communicator


@asynccontextmanager
async def listening(query="", user=None):
    communicator = socket(query, user)
    assert (await communicator.connect())[0]
    yield communicator
    await communicator.disconnect()
    for watcher in live.watchers.values():
        if watcher.task:
            watcher.task.cancel()
    await sync_to_async(connections.close_all)()


async def frame(communicator):
    return json.loads(await communicator.receive_from(timeout=30))


async def numbers(communicator, count):
    """The transitions' numbers up to ``count`` of them, whatever the frames."""
    got: list[Any] = []
    while len(got) < count:
        message = await frame(communicator)
        assert message["type"] == "transitions"
        got += [transition["seq"] for transition in message["transitions"]]
    return got


async def closing_code(query="", user=None):
    communicator = socket(query, user)
    await communicator.connect()
    return (await communicator.receive_output(timeout=30))["code"]


def test_without_a_login_it_closes_with_4401():
    assert async_to_sync(closing_code)(user=AnonymousUser()) == 4401


@pytest.mark.parametrize("after", ["x", "-1", "", "1.5", "99999999999999999999", "٣"])
def test_a_number_that_is_none_closes_with_4400(after):
    assert async_to_sync(closing_code)(f"?after={after}") == 4400


def test_what_was_missed_comes_first_and_oldest_first_then_ready_then_what_comes():
    alert = make_alert()
    change(alert, "opened")
    change(alert, "repeated", 3)

    async def journey():
        async with listening("?after=1") as browser:
            missed = await frame(browser)
            assert [transition["seq"] for transition in missed["transitions"]] == [2, 3, 4]
            assert missed["transitions"][0]["kind"] == "repeated"
            assert missed["transitions"][0]["alert"]["id"] == str(alert.id)
            assert await frame(browser) == {"type": "ready", "seq": 4}
            await sync_to_async(change)(alert, "resolved")
            assert await numbers(browser, 1) == [5]

    async_to_sync(journey)()


def test_a_burst_comes_in_few_frames_and_completely():
    alert = make_alert()
    change(alert, count=2 * FRAME + 7)

    async def journey():
        async with listening("?after=0") as browser:
            sizes = [len((await frame(browser))["transitions"]) for _ in range(3)]
            assert sizes == [FRAME, FRAME, 7]
            assert (await frame(browser))["seq"] == 2 * FRAME + 7

    async_to_sync(journey)()


def test_without_a_number_only_what_comes_is_told():
    alert = make_alert()
    change(alert, "opened", 3)

    async def journey():
        async with listening() as browser:
            assert await frame(browser) == {"type": "ready", "seq": 3}

    async_to_sync(journey)()


def test_a_number_from_another_database_starts_at_the_present_one():
    alert = make_alert()
    change(alert, "opened")

    async def journey():
        async with listening("?after=1000") as browser:
            assert await frame(browser) == {"type": "ready", "seq": 1}
            await sync_to_async(change)(alert)
            assert await numbers(browser, 1) == [2]

    async_to_sync(journey)()


def test_all_listeners_get_every_transition_in_order_while_they_come_and_go():
    alert = make_alert()

    async def journey():
        async with listening("?after=0") as one, listening("?after=0") as two:
            for browser in (one, two):
                assert (await frame(browser))["type"] == "ready"
            for _ in range(20):
                await sync_to_async(change)(alert, count=3)
            async with listening("?after=0") as late:
                for browser in (one, two, late):
                    got = await numbers_past_ready(browser, 60)
                    assert got == list(range(1, 61))

    async_to_sync(journey)()


async def numbers_past_ready(communicator, count):
    got: list[Any] = []
    while len(got) < count:
        got += [transition["seq"] for transition in (await frame(communicator)).get("transitions", ())]
    return got


def test_one_that_is_stuck_delays_nobody(monkeypatch):
    alert = make_alert()
    send = AlertsConsumer.send

    async def stuck(self, *args, **kwargs):
        if self.scope["user"].username == "slow" and "transitions" in args[0]:
            await asyncio.sleep(30)
        await send(self, *args, **kwargs)

    monkeypatch.setattr(AlertsConsumer, "send", stuck)

    async def journey():
        async with listening("?after=0", User(username="slow", pk=2)) as slow, listening("?after=0") as quick:
            assert (await frame(slow))["type"] == (await frame(quick))["type"] == "ready"
            for _ in range(5):
                await sync_to_async(change)(alert)
            assert await numbers(quick, 5) == [1, 2, 3, 4, 5]

    async_to_sync(journey)()


def test_a_database_that_is_away_for_a_moment_ends_nothing(monkeypatch):
    from django.db import OperationalError

    alert, failures = make_alert(), iter([True, True, False])
    current = live.latest

    async def flaky():
        if next(failures, False):
            raise OperationalError("locked")
        return await current()

    async def journey():
        async with listening("?after=0") as browser:
            assert (await frame(browser))["type"] == "ready"
            monkeypatch.setattr(live, "latest", flaky)
            await sync_to_async(change)(alert)
            assert await numbers(browser, 1) == [1]

    async_to_sync(journey)()
