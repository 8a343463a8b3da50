"""The notifier is woken over Redis, by its group or not at all, and misses nothing when Redis goes away."""

import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connections
from django.utils import timezone

from integrations import notifier
from tests.alerts.mutes.events import opened
from tests.integrations.told import destination, pager, route  # noqa: F401 - pager is a fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("over_redis")]
LONG = 60.0  # longer than a test waits: what comes has been rung for, not found by looking


@contextmanager
def notifying(look, monkeypatch):
    """A notifier that looks by itself only every so many seconds."""
    monkeypatch.setattr(notifier, "LOOK_SECONDS", look)
    running = notifier.Notifier()
    thread = threading.Thread(target=running.run)
    thread.start()
    yield running
    running.stop()
    running.rung.set()
    thread.join(20)
    connections.close_all()


def until(true):
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.01)


def test_what_happens_is_told_without_looking_for_it(pager, monkeypatch):  # noqa: F811
    route(destination())
    with notifying(LONG, monkeypatch) as running:
        until(running.hears)
        for number in (1, 2, 3):
            opened(timezone.now(), group={"number": number})
            until(lambda number=number: len(pager.told) == number)


def test_a_redis_that_was_restarted_rings_again_and_what_came_meanwhile_is_told(pager, own_redis, monkeypatch):  # noqa: F811
    route(destination())
    with notifying(LONG, monkeypatch) as running:
        until(running.hears)
        own_redis.kill()
        opened(timezone.now(), group={"number": 1})
        own_redis.start()
        until(lambda: len(pager.told) == 1)


def test_while_redis_is_away_what_happens_is_found_by_looking(pager, own_redis, monkeypatch):  # noqa: F811
    route(destination())
    own_redis.stop()
    with notifying(0.1, monkeypatch):
        opened(timezone.now(), group={"number": 1})
        until(lambda: len(pager.told) == 1)
