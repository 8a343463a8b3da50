"""The notifier: plans, and tells each stream and each destination in threads of its own, so that none delays another.

One loop looks what is due, in one query for all destinations, and keeps the leases of what is being told. Any number
of notifiers do the same side by side.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import Error, connection, connections
from django.db.models import Count
from django.utils import timezone

from alerts.models import Counter
from integrations.automation import runner
from integrations.delivery import claims, plan
from integrations.delivery.claims import Claim
from integrations.delivery.telling import notice_of, settle, tell
from integrations.destinations import KINDS
from integrations.jira import poller
from integrations.models import Delivery, Destination, StreamPosition
from integrations.streams.reading import STREAMS, Teller
from telemetry.trouble import Trouble

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
HEAR_SECONDS = 0.5
RENEW_SECONDS = 5.0
WORKERS = 8  # threads of one destination, at most: 20 alerts a second where a ticket takes two calls of 200 ms
LONGEST = timedelta(minutes=5)  # what hangs for longer loses its lease
STOP_SECONDS = 6.0


writing = threading.Lock()


def turn() -> AbstractContextManager[Any]:
    """SQLite has one writer: our threads queue here, in their order, instead of all knocking at its lock."""
    return writing if connection.vendor == "sqlite" else nullcontext()


class Notifier:
    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.speakers: dict[int, Speaker] = {}
        self.trouble = Trouble()
        self.renewed = 0.0
        self.streams = [
            Teller(name, kind.connect(), kind.hears_muted) for name, kind in STREAMS.items() if kind.wanted()
        ]

    def stop(self) -> None:
        self.stopping.set()

    def run(self, until_idle: bool = False) -> None:
        threads = [threading.Thread(target=self.stream, args=(teller,), daemon=True) for teller in self.streams]
        threads.append(threading.Thread(target=self.hear, daemon=True))
        threads.append(threading.Thread(target=runner.run, args=(self.stopping,), daemon=True))
        for thread in threads:
            thread.start()
        while not self.stopping.is_set():
            try:
                busy = self.look()
                if until_idle and not busy and self.idle():
                    break
            except Error as error:
                self.trouble.say("database", "the database: nothing is told until it answers: %s", error)
                connection.close()
                busy = False
            else:
                self.trouble.over("database", "the database answers again")
            if not busy:
                self.stopping.wait(LOOK_SECONDS)
        self.stopping.set()
        self.end(threads)

    def look(self) -> bool:
        """Plan, and wake those who have something to tell; whether there may be more to plan."""
        planned = plan.plan(timezone.now())
        counts = claims.due(timezone.now()).exclude(destination__circuit__probe_at__gt=timezone.now()).order_by()
        for destination, count in counts.values_list("destination").annotate(Count("pk")):
            self.speakers.setdefault(destination, Speaker(destination, self.stopping.is_set)).wake(count)
        if time.monotonic() - self.renewed > RENEW_SECONDS:
            self.renewed = time.monotonic()
            self.renew()
        return planned == plan.AT_ONCE

    def renew(self) -> None:
        now = timezone.now()
        held = [token for speaker in self.speakers.values() for token in speaker.held(now)]
        if held:
            claims.renew(held, now)

    def stream(self, teller: Teller) -> None:
        try:
            while not self.stopping.is_set():
                if not teller.step():
                    self.stopping.wait(LOOK_SECONDS)
        finally:
            teller.stream.close()
            connections.close_all()

    def hear(self) -> None:
        """What destinations have to say: how tickets stand."""
        try:
            while not self.stopping.is_set():
                try:
                    busy = poller.step()
                except Error as error:
                    log.warning("tickets are not looked at: %s", error)
                    busy = False
                connection.close()
                if not busy:
                    self.stopping.wait(HEAR_SECONDS)
        finally:
            connections.close_all()

    def idle(self) -> bool:
        """Everything is told, as far as it can be."""
        last = Counter.current("transitions")
        behind = StreamPosition.objects.filter(name__in=[teller.name for teller in self.streams], seq__lt=last)
        fresh = StreamPosition.objects.filter(name__in=[teller.name for teller in self.streams]).count()
        waiting = Delivery.objects.filter(state="waiting", destination__enabled=True, destination__kind__in=list(KINDS))
        return not (plan.behind() or behind.exists() or fresh < len(self.streams) or waiting.exists())

    def end(self, threads: list[threading.Thread]) -> None:
        """What is being told may end; what takes longer is told again by another, under the same key."""
        deadline = time.monotonic() + STOP_SECONDS
        for thread in [*threads, *(one for speaker in self.speakers.values() for one in speaker.threads())]:
            thread.join(max(deadline - time.monotonic(), 0))


class Speaker:
    """One destination in this process: as many threads as have something to tell, up to a few."""

    def __init__(self, destination: int, stopped: Callable[[], bool]) -> None:
        self.destination = destination
        self.stopped = stopped
        self.lock = threading.Lock()
        self.alive: set[threading.Thread] = set()
        self.claims: dict[UUID, Claim] = {}

    def wake(self, count: int) -> None:
        with self.lock:
            for _ in range(min(count, WORKERS) - len(self.alive)):
                thread = threading.Thread(target=self.run, name=f"destination {self.destination}", daemon=True)
                self.alive.add(thread)
                thread.start()

    def threads(self) -> list[threading.Thread]:
        with self.lock:
            return list(self.alive)

    def held(self, now: datetime) -> list[UUID]:
        with self.lock:
            return [token for token, claim in self.claims.items() if now - claim.at < LONGEST]

    def run(self) -> None:
        """Tell until nothing is due."""
        try:
            while not self.stopped() and self.step():
                pass
        except Error as error:
            log.warning("destination %s: the database: %s", self.destination, error)
        finally:
            connections.close_all()
            with self.lock:
                self.alive.discard(threading.current_thread())

    def step(self) -> bool:
        """Claim, tell, settle. No connection is held while the destination takes its time."""
        destination = Destination.objects.filter(pk=self.destination, enabled=True).first()
        if destination is None:
            return False
        with turn():
            claim = claims.claim(destination, timezone.now())
        if claim is None:
            return False
        notice = notice_of(claim)
        connection.close()
        with self.lock:
            self.claims[claim.token] = claim
        try:
            outcome = tell(claim, notice, timezone.now())
            with turn():
                settle(claim, outcome, timezone.now())
        finally:
            with self.lock:
                self.claims.pop(claim.token)
        return True
