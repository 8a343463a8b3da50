"""The live tail's socket: what matches comes, what can't be told is counted, and nobody else gets in."""

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.testing.websocket import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser, User
from django.db import connections

from ingest.models import Offset
from ingest.positions import log_places
from search import live, store, tail
from search.live import LogsConsumer
from search.search import nanoseconds
from telemetry.records import LogRecord

pytestmark = pytest.mark.django_db(transaction=True)


def arrive(count=1, **fields):
    """Logs are stored, and the position moves; on Postgres and SQLite alike."""
    offset, _ = Offset.objects.get_or_create(topic="otel-logs", partition=0)
    at = nanoseconds(datetime.now(UTC))
    given: dict[str, Any] = {"service": "till", "level": "info", "message": "m", "pattern": "p"} | fields
    given |= {"received_at": at}
    numbers = range(offset.next, offset.next + count)
    store.save([LogRecord(id=f"otel-logs-0-{n}-0", timestamp=at + n * 1000, **given) for n in numbers], [], [])
    Offset.objects.filter(pk=offset.pk).update(next=offset.next + count)


def socket(query="", user=None):
    application = LogsConsumer.as_asgi(places=log_places)
    communicator = WebsocketCommunicator(application, f"/ws/logs/{query}")
    communicator.scope["user"] = user or User(username="ada", pk=1)
    return communicator


@asynccontextmanager
async def watching(query=""):
    communicator = socket(query)
    assert (await communicator.connect())[0]
    yield communicator
    await communicator.disconnect()
    for shared in live.tails.values():
        if shared.task:
            shared.task.cancel()
    await sync_to_async(connections.close_all)()


async def message(communicator):
    return json.loads(await communicator.receive_from(timeout=30))


async def told(communicator, count):
    """The records and the number of those dropped, up to ``count`` of both."""
    records: list[Any] = []
    dropped = 0
    while len(records) + dropped < count:
        got = await message(communicator)
        assert got["type"] == "records"
        records += got["records"]
        dropped += got["dropped"]
    return records, dropped


async def ending(query="", user=None):
    """What is said before the end, and its code."""
    communicator = socket(query, user)
    await communicator.connect()
    said = []
    while (output := await communicator.receive_output(timeout=30))["type"] != "websocket.close":
        said.append(json.loads(output["text"]))
    return said, output["code"]


def test_without_a_login_it_closes_with_4401():
    assert async_to_sync(ending)(user=AnonymousUser()) == ([], 4401)


def test_a_wrong_query_is_told_with_its_place_and_closes_with_4400():
    said, code = async_to_sync(ending)("?q=level:error%20servce:x")
    assert code == 4400
    assert said[0]["detail"].startswith("unknown field 'servce'")
    assert (said[0]["type"], said[0]["position"], said[0]["length"]) == ("error", 12, 6)


def test_each_is_told_what_its_query_takes_of_what_comes_from_now_on():
    arrive(3, message="before")

    async def journey():
        async with watching() as everything, watching("?q=level:error") as errors:
            await sync_to_async(arrive)(2)
            await sync_to_async(arrive)(1, level="error", attrs={"ms": 5})
            records, dropped = await told(everything, 3)
            assert [record["id"] for record in records] == [f"otel-logs-0-{n}-0" for n in (3, 4, 5)]
            (error,), _ = await told(errors, 1)
            assert (error["level"], error["attrs"], error["service"]) == ("error", {"ms": 5}, "till")
            assert dropped == 0

    async_to_sync(journey)()


def test_what_comes_faster_than_it_is_told_is_counted_to_the_last_one():
    async def journey():
        async with watching("?q=NOT%20level:debug") as browser:
            for _ in range(5):
                await sync_to_async(arrive)(700)
            await sync_to_async(arrive)(10, level="debug")
            records, dropped = await told(browser, 3500)
            assert len(records) + dropped == 3500
            assert dropped > 0
            assert len({record["id"] for record in records}) == len(records)
            assert await browser.receive_nothing(timeout=1)

    async_to_sync(journey)()


def test_a_browser_that_has_not_shown_what_it_got_is_given_no_more(monkeypatch):
    monkeypatch.setattr(live, "FRAME_SECONDS", 0)

    async def journey():
        async with watching() as browser:
            await sync_to_async(arrive)(1)
            await told(browser, 1)
            await browser.send_to(text_data="seen")
            for _ in range(live.UNDER_WAY):
                await sync_to_async(arrive)(1)
                await told(browser, 1)
            await sync_to_async(arrive)(tail.KEPT + 50)
            assert await browser.receive_nothing(timeout=1)
            await browser.send_to(text_data="seen")
            records, dropped = await told(browser, tail.KEPT + 50)
            assert (len(records), dropped) == (tail.KEPT, 50)

    async_to_sync(journey)()


def test_a_huge_record_is_shortened_and_says_so():
    async def journey():
        async with watching() as browser:
            await sync_to_async(arrive)(1, message="x" * 2**20, attrs={"k": "y" * 9000})
            (record,), _ = await told(browser, 1)
            assert (len(record["message"]), record["attrs"], record["shortened"]) == (tail.SHORT, {}, True)

    async_to_sync(journey)()


def test_while_nobody_watches_nothing_is_read():
    async def journey():
        async with watching() as browser:
            await sync_to_async(arrive)(1)
            await told(browser, 1)
            (shared,) = (one for one in live.tails.values() if one.watches)
        await sync_to_async(arrive)(1)
        return shared

    shared = async_to_sync(journey)()
    assert not shared.watches
    assert shared.places == {"otel-logs-0": 1}
