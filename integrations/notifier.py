"""The notifier: plans, and tells each stream and each destination in threads of its own, so that none delays another.

One loop looks what is due, for all destinations together, and keeps the leases of what is being told. It looks at its
own pace, and at once where Redis says that something happened. Any number of notifiers do the same side by side.
"""

import logging
import threading
import time

from django.conf import settings
from django.db import Error, connection, connections
from django.utils import timezone

from alerts import wake
from alerts.models import Counter
from integrations.automation import runner
from integrations.delivery import claims, plan
from integrations.delivery.speaker import WORKERS, Speaker
from integrations.destinations import KINDS
from integrations.jira import poller
from integrations.models import Delivery, StreamPosition
from integrations.streams.reading import STREAMS, Teller
from search.bell import Ear
from telemetry.trouble import Trouble

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.1
GATHER_SECONDS = 0.01  # what is rung for together is planned together
HEAR_SECONDS = 0.5
RENEW_SECONDS = 5.0
STOP_SECONDS = 6.0


class Notifier:
    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.speakers: dict[int, Speaker] = {}
        self.trouble = Trouble()
        self.renewed = 0.0
        self.streams = [
            Teller(name, kind.connect(), kind.hears_muted) for name, kind in STREAMS.items() if kind.wanted()
        ]
        self.rung = threading.Event()
        self.rung_for = [threading.Event() for _ in self.streams]
        self.ear: Ear | None = None

    def stop(self) -> None:
        self.stopping.set()

    def hears(self) -> bool:
        """Whether it is told of changes, and needn't look for them."""
        return self.ear is not None and self.ear.hearing

    def run(self, until_idle: bool = False) -> None:
        self.ear = Ear(wake.GROUP, [self.rung, *self.rung_for]) if settings.REDIS_URL else None
        told = zip(self.streams, self.rung_for, strict=True)
        threads = [threading.Thread(target=self.stream, args=both, daemon=True) for both in told]
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
                wait(self.rung)
        self.stopping.set()
        if self.ear:
            self.ear.close()
        self.end(threads)

    def look(self) -> bool:
        """Plan, and wake those who have something to tell; whether there may be more to plan."""
        planned = plan.plan(timezone.now())
        for destination, count in claims.due_at(timezone.now(), WORKERS):
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

    def stream(self, teller: Teller, rung: threading.Event) -> None:
        try:
            while not self.stopping.is_set():
                if not teller.step():
                    wait(rung)
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


def wait(rung: threading.Event) -> None:
    """Until something may have happened."""
    if rung.wait(LOOK_SECONDS):
        time.sleep(GATHER_SECONDS)
        rung.clear()
