"""A circuit per destination: after some failures in a row nothing is told but a probe now and then, until one is taken.

All notifiers see the same one, in the database.
"""

from datetime import datetime, timedelta

from django.db import transaction

from integrations.models import Circuit, Destination, Thread
from integrations.routes.timing import backoff

OPENS_AT = 5  # failures in a row
PROBE = timedelta(seconds=60)  # the longest that a probe may take before another one is sent


def of(destination: Destination) -> Circuit | None:
    """None for one that has never failed."""
    return Circuit.objects.filter(destination=destination).first()


def shut(circuit: Circuit, now: datetime) -> bool:
    """Open, and the time of the probe hasn't come."""
    return circuit.probe_at is not None and circuit.probe_at > now


def admits(circuit: Circuit, now: datetime) -> bool:
    """Whether a notice may be tried now. Where the circuit is open, it is for one of all who ask at the time."""
    if circuit.probe_at is None:
        return True
    mine = Circuit.objects.filter(pk=circuit.pk, probe_at=circuit.probe_at)
    return bool(mine.update(probe_at=now + PROBE))


def failed(destination: Destination, words: str, now: datetime) -> None:
    with transaction.atomic():
        circuit, _ = Circuit.objects.select_for_update().get_or_create(destination=destination)
        circuit.failures += 1
        circuit.words = words
        if circuit.failures >= OPENS_AT:
            circuit.opened_at = circuit.opened_at or now
            circuit.probe_at = now + backoff(circuit.failures - OPENS_AT + 3)
        circuit.save()


def answered(destination: Destination, now: datetime) -> None:
    """It took a notice, or refused one: it is there. What waits for another try is tried at once."""
    failing = Circuit.objects.filter(destination=destination, failures__gt=0)
    if failing.exists() and failing.update(failures=0, opened_at=None, probe_at=None, words=""):
        with transaction.atomic():
            waits = Thread.objects.filter(destination=destination, tries__gt=0, due_at__gt=now).order_by("pk")
            held = list(waits.select_for_update(skip_locked=True).values_list("pk", flat=True))
            Thread.objects.filter(pk__in=held).update(due_at=now)
