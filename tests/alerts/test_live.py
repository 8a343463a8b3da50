"""Live transitions across transactions, connections and the login: nothing is lost, and strangers get nothing."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from threading import Event

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.db import connections, transaction
from django.test import Client

from alerts import lifecycle
from alerts.event import alert_event, transition_event
from alerts.models import Alert
from stacklens_site.asgi import application

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
OURS, FOREIGN = "http://localhost", "http://elsewhere.example"


@pytest.fixture
def alert():
    times = {"first_seen": NOON, "last_seen": NOON, "created_at": NOON}
    values = {"fingerprint": "f", "rule_slug": "price-missing", "rule_version": 2, "service": "catalog"}
    more = {"issue_code": "PRICE_MISSING", "severity": "error", "message": "Product price is null", "count": 1}
    return Alert.objects.create(**times | values | more)


@pytest.fixture
def cookie():
    client = Client()
    client.force_login(User.objects.create_user("ada"))
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def socket(query="", cookie="", origin=OURS):
    headers = [(b"origin", origin.encode()), (b"cookie", cookie.encode())]
    return WebsocketCommunicator(application, f"/ws/alerts/{query}", headers=headers)


@asynccontextmanager
async def listening(cookie, query=""):
    browser = socket(query, cookie)
    assert (await browser.connect())[0]
    try:
        yield browser
    finally:
        await browser.disconnect()


async def frame(browser):
    return json.loads(await browser.receive_from(timeout=30))


async def numbers(browser, count):
    """The transitions' numbers up to ``count`` of them, whatever the frames and wherever ``ready`` stands."""
    got: list[int] = []
    while len(got) < count:
        got += [told["seq"] for told in (await frame(browser)).get("transitions", ())]
    return got


def in_a_transaction_of_its_own(alert, key, began=None, go_on=None):
    """What the worker and a person's request do: begin, work for a while, take the number last. For a thread."""
    connection = connections["default"]
    try:
        connection.ensure_connection()
        connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]  # else SQLite lets nobody begin beside another
        with transaction.atomic():
            if began:
                began.set()
            assert go_on is None or go_on.wait(10)
            queued = lifecycle.change(alert, "repeated", NOON, key)
            lifecycle.publish([queued])
        return queued.seq
    finally:
        connection.close()


def test_transactions_that_commit_out_of_the_order_they_began_lose_nothing(alert, cookie):
    async def journey():
        began, go_on = Event(), Event()
        async with listening(cookie) as browser:
            assert await frame(browser) == {"type": "ready", "seq": 0}
            older = asyncio.create_task(asyncio.to_thread(in_a_transaction_of_its_own, alert, "older", began, go_on))
            assert await asyncio.to_thread(began.wait, 10)
            younger = await asyncio.to_thread(in_a_transaction_of_its_own, alert, "younger")
            assert await numbers(browser, 1) == [younger] == [1]
            assert not older.done()
            go_on.set()
            assert await numbers(browser, 1) == [await older] == [2]

    async_to_sync(journey)()


def test_many_that_write_at_once_are_all_told_in_order(alert, cookie):
    async def journey():
        async with listening(cookie) as browser:
            assert (await frame(browser))["type"] == "ready"
            writers = [asyncio.to_thread(in_a_transaction_of_its_own, alert, str(number)) for number in range(24)]
            taken, told = await asyncio.gather(asyncio.gather(*writers), numbers(browser, 24))
            assert told == sorted(taken) == list(range(1, 25))

    async_to_sync(journey)()


def test_whoever_comes_back_gets_what_was_missed_and_nothing_twice(alert, cookie):
    async def journey():
        comment = sync_to_async(lifecycle.comment)
        async with listening(cookie, "?after=0") as browser:
            await comment(alert.pk, "ada", "one")
            assert await numbers(browser, 1) == [1]
        for text in ("two", "three"):
            await comment(alert.pk, "ada", text)
        async with listening(cookie, "?after=1") as browser:
            missed = await frame(browser)
            assert [(told["seq"], told["reason"]) for told in missed["transitions"]] == [(2, "two"), (3, "three")]
            assert await frame(browser) == {"type": "ready", "seq": 3}
            await comment(alert.pk, "ada", "four")
            assert await numbers(browser, 1) == [4]
            assert await browser.receive_nothing(timeout=0.3)

    async_to_sync(journey)()


def test_what_is_rolled_back_is_not_told(alert, cookie):
    def fail():
        with transaction.atomic():
            lifecycle.acknowledge(alert.pk, "ada")
            transaction.set_rollback(True)

    async def journey():
        async with listening(cookie) as browser:
            assert (await frame(browser))["type"] == "ready"
            await sync_to_async(fail)()
            assert await browser.receive_nothing(timeout=0.3)
            await sync_to_async(lifecycle.acknowledge)(alert.pk, "ada")
            assert (await frame(browser))["transitions"][0]["alert"]["status"] == "acknowledged"

    async_to_sync(journey)()


def test_without_a_valid_login_cookie_it_closes_with_4401(cookie):
    async def closed(sent):
        browser = socket("?after=0", sent)
        assert (await browser.connect())[0]  # else a browser is not told the code
        code = (await browser.receive_output(timeout=30))["code"]
        await browser.disconnect()
        return code

    assert [async_to_sync(closed)(sent) for sent in ("", "sessionid=made-up")] == [4401, 4401]


def test_a_foreign_page_cannot_listen_with_our_cookie(cookie):
    async def connected():
        browser = socket("?after=0", cookie, FOREIGN)
        answer = await browser.connect()
        await browser.disconnect()
        return answer[0]

    assert not async_to_sync(connected)()


def test_the_event_has_the_promised_fields(alert):
    alert.resolved_at = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    alert.assignee = User(username="grace")
    assert alert_event(alert) == {
        "id": str(alert.id),
        "issue_code": "PRICE_MISSING",
        "severity": "error",
        "message": "Product price is null",
        "suggested_fix": "",
        "confidence": 0.9,
        "automation_possible": False,
        "automation_action": None,
        "related_trace_id": None,
        "related_logs": [],
        "created_at": "2026-03-01T12:00:00.123Z",
        "created_by": "system",
        "status": "open",
        "service": "catalog",
        "rule": "price-missing",
        "rule_version": 2,
        "group": {},
        "count": 1,
        "first_seen": "2026-03-01T12:00:00.123Z",
        "last_seen": "2026-03-01T12:00:00.123Z",
        "resolved_at": "2026-03-01T12:00:00.123Z",
        "assignee": "grace",
        "snoozed_until": None,
        "snoozed_count": None,
        "verdict": None,
        "merged_into": None,
        "muted_by": None,
        "ticket": None,
        "url": f"/alerts/{alert.id}/",
        "seq": 0,
    }
    alert.automation_action = "restart"
    automated = alert_event(alert)
    assert (automated["automation_possible"], automated["automation_action"]) == (True, "restart")


def test_a_transition_says_who_and_why_and_carries_its_alert(alert):
    lifecycle.acknowledge(alert.pk, "ada", "on it")
    alert.refresh_from_db()
    told = transition_event(alert.transitions.get())
    assert told.pop("at").endswith("Z")
    expected = {"seq": 1, "kind": "acknowledged", "by": "ada", "reason": "on it", "data": {}, "muted_by": None}
    assert told == expected | {"alert": alert_event(alert)}
