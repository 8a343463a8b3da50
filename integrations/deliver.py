"""Transitions -> destinations: each reads on from its own position, which moves after the destination has taken them.

So each is told, in order and at least once, every transition that no mute keeps quiet. They are numbered in the order
of their commits (see alerts/models/counter.py): reading on from the last number misses none. A destination that fails
holds up no other.
"""

import logging
import threading
import time

from django.db import Error, connection

from alerts.models import Transition
from integrations import kafka
from integrations.destination import Destination, Kind, Undelivered
from integrations.models import Delivery

log = logging.getLogger(__name__)

AT_ONCE = 200
LOOK_SECONDS = 0.2
PATIENCE = 10.0  # the longest wait before a destination that failed is tried again, in seconds

DESTINATIONS: dict[str, Kind] = {
    "kafka": Kind(kafka.wanted, kafka.AlertsTopic, hears_muted=True),
}


def wanted() -> list[str]:
    return [name for name, kind in DESTINATIONS.items() if kind.wanted()]


class Teller:
    """One destination, its failures and when it is tried again."""

    def __init__(self, name: str, destination: Destination, hears_muted: bool = False) -> None:
        self.name = name
        self.destination = destination
        self.hears_muted = hears_muted
        self.failures = 0
        self.next_at = 0.0

    def step(self) -> bool:
        """Tell the next ones, if there are any; whether it did."""
        if time.monotonic() < self.next_at:
            return False
        try:
            told = self.tell()
        except (Undelivered, Error) as error:
            self.failures += 1
            wait = min(0.2 * 2 ** min(self.failures, 10), PATIENCE)
            self.next_at = time.monotonic() + wait
            log.warning("%s was not told, again in %.1f s: %s", self.name, wait, error)
            connection.close()  # a server that was restarted doesn't know it any more
            return False
        self.failures = 0
        return told

    def tell(self) -> bool:
        delivery, _ = Delivery.objects.get_or_create(destination=self.name)
        rows = (
            Transition.objects.filter(seq__gt=delivery.seq).select_related("alert", "alert__assignee").order_by("seq")
        )
        transitions = list(rows[:AT_ONCE])
        if not transitions:
            return False
        if heard := [told for told in transitions if self.hears_muted or not quiet(told)]:
            self.destination.tell(heard)
        moved = Delivery.objects.filter(destination=self.name, seq=delivery.seq).update(seq=transitions[-1].seq)
        if not moved:
            log.warning("another notifier tells %s too; one is enough", self.name)
        return True


def quiet(told: Transition) -> bool:
    """Muted as it happened, or by now: then the end of the mute is told, if the alert still fires."""
    return bool(told.muted_by or told.alert.muted_by)


class Notifier:
    def __init__(self, names: list[str]) -> None:
        kinds = {name: DESTINATIONS[name] for name in names}
        self.tellers = [Teller(name, kind.connect(), kind.hears_muted) for name, kind in kinds.items()]
        self.stopping = threading.Event()

    def stop(self) -> None:
        self.stopping.set()

    def run(self, until_idle: bool = False) -> None:
        while not self.stopping.is_set():
            told = [teller.step() for teller in self.tellers]
            if any(told):
                continue
            if until_idle and not any(teller.failures for teller in self.tellers):
                return
            self.stopping.wait(LOOK_SECONDS)

    def close(self) -> None:
        for teller in self.tellers:
            teller.destination.close()
