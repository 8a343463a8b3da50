"""One destination in one process: threads that claim, tell and settle until nothing is due.

What a destination takes its time for, it takes from its own threads: they are its own, and meanwhile hold neither a
database connection nor a lock.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import Error, connection, connections
from django.utils import timezone

from integrations.delivery import claims
from integrations.delivery.claims import Claim
from integrations.delivery.telling import notice_of, settle, tell
from integrations.models import Destination

log = logging.getLogger(__name__)

WORKERS = 8  # threads of one destination, at most: 20 alerts a second where a ticket takes two calls of 200 ms
LONGEST = timedelta(minutes=5)  # what hangs for longer loses its lease

writing = threading.Lock()


def turn() -> AbstractContextManager[Any]:
    """SQLite has one writer: our threads queue here, in their order, instead of all knocking at its lock."""
    return writing if connection.vendor == "sqlite" else nullcontext()


class Speaker:
    """As many threads as have something to tell, up to a few."""

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
