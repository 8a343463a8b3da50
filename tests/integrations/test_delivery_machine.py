"""Any interleaving of alerts, planning, claims, answers, kills and time: each transition that calls is told, in the
order of its alert, and what is told twice is told under the same key."""

import contextlib
import random
from collections import defaultdict
from datetime import timedelta

import pytest
from django.db import transaction

from integrations.delivery import circuits
from integrations.delivery.claims import LEASE, claim
from integrations.delivery.plan import plan
from integrations.delivery.telling import notice_of, settle, tell
from integrations.destinations.kind import Passing
from integrations.models import Delivery, Member, StreamPosition, Thread
from integrations.routes.where import CALLING
from tests.alerts.mutes.events import NOON, opened
from tests.integrations.told import act, destination, pager, route, steps

__all__ = ["pager"]
pytestmark = pytest.mark.django_db
STEPS = 120


class Killed(Exception):
    pass


class World:
    """Two destinations, alerts in groups that change, and notifiers that are killed between any two steps."""

    def __init__(self, seed, pager):
        self.chance, self.pager, self.now = random.Random(seed), pager, NOON
        self.places = [destination("one"), destination("two")]
        route(self.places[0], slug="all", group_by=["severity"], group_wait=2, group_interval=3, goes_on=True)
        route(*self.places, slug="each")
        self.alerts, self.claims, self.called = [], [], []

    def do(self):
        steps = (self.open, self.change, self.plan, self.plan_killed, self.claim, self.claim, self.claim)
        self.chance.choice((*steps, self.answer, self.answer, self.answer, self.killed, self.wait, self.wait))()

    def open(self):
        self.alerts.append(opened(self.now, group={"number": len(self.alerts)}))

    def change(self):
        if not self.alerts:
            return
        alert = self.chance.choice(self.alerts)
        self.now += timedelta(milliseconds=1)
        if alert.status == "resolved":
            act(alert, "reopened", self.now, status="open", resolved_at=None)
        elif self.chance.random() < 0.5:
            act(alert, "escalated", self.now, severity=self.chance.choice(["error", "warn", "info"]))
        else:
            act(alert, "resolved", self.now, status="resolved", resolved_at=self.now)

    def plan(self):
        plan(self.now)

    def plan_killed(self):
        with contextlib.suppress(Killed), transaction.atomic():
            plan(self.now)
            raise Killed

    def claim(self):
        if found := claim(self.chance.choice(self.places), self.now):
            self.claims.append((found, notice_of(found)))

    def answer(self):
        """The notice is told; the notifier may be killed before it has written that down."""
        if not self.claims:
            return
        found, notice = self.claims.pop(self.chance.randrange(len(self.claims)))
        if self.chance.random() < 0.3:
            self.pager.failures = [Passing("busy")]
        outcome = tell(found, notice, self.now)
        if self.chance.random() < 0.8:
            settle(found, outcome, self.now)

    def killed(self):
        self.claims.clear()

    def wait(self):
        self.now += timedelta(seconds=self.chance.choice([0.5, 2, LEASE.total_seconds() + 1]))

    def drain(self):
        for _ in range(100):
            self.now += timedelta(seconds=400)
            if not sum(steps(place, self.now) for place in self.places):
                return


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_lost_and_nothing_told_twice_under_another_key(seed, pager, monkeypatch):
    monkeypatch.setattr(circuits, "OPENS_AT", 10**6)
    world = World(seed, pager)
    for _ in range(STEPS):
        world.do()
    world.drain()
    for place in world.places:
        heard: dict[str, list[int]] = defaultdict(list)
        keys: dict[str, list[tuple[str, list[int]]]] = {}
        for notice in (notice for notice in pager.told if notice.destination == place.slug):
            content = [(told.alert["id"], [one["seq"] for one in told.transitions]) for told in notice.alerts]
            if keys.setdefault(notice.key, content) is content:
                for alert, numbers in content:
                    heard[alert] += numbers
            assert keys[notice.key] == content
        for alert in world.alerts:
            called = alert.transitions.filter(kind__in=CALLING).order_by("seq").values_list("seq", flat=True)
            assert heard[str(alert.pk)] == list(called)
    assert set(Delivery.objects.values_list("state", flat=True)) <= {"told"}
    firing = {alert.pk for alert in world.alerts if alert.status != "resolved"}
    assert set(Member.objects.values_list("alert", flat=True)) == firing
    assert not Thread.objects.filter(ended_at=None, members=None).exists()
    assert StreamPosition.objects.get(name="routes").seq > 0
