"""Transitions -> streams: each reads on from its own position, which moves after the stream has taken them.

So each is told, in order and at least once, every transition that no mute keeps quiet. They are numbered in the order
of their commits (see alerts/models/counter.py): reading on from the last number misses none.
"""

import logging
import time
import uuid
from datetime import timedelta

from django.db import Error, connection
from django.db.models import Q
from django.utils import timezone

from alerts.models import Counter, Transition
from integrations.models import StreamPosition
from integrations.streams import kafka
from integrations.streams.kind import Stream, StreamKind, Undelivered

log = logging.getLogger(__name__)

AT_ONCE = 200
HELD = timedelta(seconds=25)  # longer than a stream takes for one step
PATIENCE = 10.0  # the longest wait before a stream that failed is tried again, in seconds

STREAMS: dict[str, StreamKind] = {
    "kafka": StreamKind(kafka.wanted, kafka.AlertsTopic, hears_muted=True),
}


def wanted() -> list[str]:
    return [name for name, kind in STREAMS.items() if kind.wanted()]


class Teller:
    """One stream, its failures and when it is tried again."""

    def __init__(self, name: str, stream: Stream, hears_muted: bool = False) -> None:
        self.name = name
        self.stream = stream
        self.hears_muted = hears_muted
        self.failures = 0
        self.next_at = 0.0
        self.me = uuid.uuid4()

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
        position, _ = StreamPosition.objects.get_or_create(name=self.name)
        if Counter.current("transitions") <= position.seq or not self.holds():
            return False
        position.refresh_from_db()
        rows = Transition.objects.filter(seq__gt=position.seq).select_related("alert", "alert__assignee")
        transitions = list(rows.order_by("seq")[:AT_ONCE])
        if not transitions:
            StreamPosition.objects.filter(name=self.name, holder=self.me).update(holder=None, held_until=None)
            return False
        done = position.seq
        try:
            if heard := [told for told in transitions if self.hears_muted or not quiet(told)]:
                self.stream.tell(heard)
            done = transitions[-1].seq
        finally:
            ours = StreamPosition.objects.filter(name=self.name, seq=position.seq, holder=self.me)
            moved = ours.update(seq=done, holder=None, held_until=None)
        if not moved:
            log.warning("another notifier told %s meanwhile, some of it twice", self.name)
        return True

    def holds(self) -> bool:
        """Whether it is ours to tell, for as long as a step may take; who is killed in one leaves it to others then."""
        now = timezone.now()
        free = Q(held_until=None) | Q(held_until__lt=now)
        return bool(StreamPosition.objects.filter(free, name=self.name).update(holder=self.me, held_until=now + HELD))


def quiet(told: Transition) -> bool:
    """Muted as it happened, or by now: then the end of the mute is told, if the alert still fires."""
    return bool(told.muted_by or told.alert.muted_by)
