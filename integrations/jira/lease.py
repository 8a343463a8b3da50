"""One writer to a ticket: a row of the database says who, and until when. Several notifiers may run, and be killed."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from integrations.destinations.kind import Passing
from integrations.models import Ticket

LEASE = timedelta(seconds=30)  # longer than any single call may take
AGAIN_SECONDS = 1.0


class Held:
    """A ticket that we alone may write to. What is saved is saved only while that is so."""

    def __init__(self, ticket: Ticket, token: uuid.UUID) -> None:
        self.ticket, self.token = ticket, token

    def save(self, **fields: Any) -> None:
        """Also makes the lease last from now. Raises Passing if it is another's by now."""
        fields |= {"leased_until": timezone.now() + LEASE}
        if not Ticket.objects.filter(pk=self.ticket.pk, holder=self.token).update(**fields):
            raise Passing("another notifier has taken the ticket over", AGAIN_SECONDS)
        for name, value in fields.items():
            setattr(self.ticket, name, value)


@contextmanager
def held(ticket_id: int) -> Iterator[Held]:
    """Raises Passing while another holds it."""
    token, now = uuid.uuid4(), timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    if not Ticket.objects.filter(free, pk=ticket_id).update(holder=token, leased_until=now + LEASE):
        raise Passing("another notifier writes to this ticket", AGAIN_SECONDS)
    try:
        yield Held(Ticket.objects.select_related("destination").get(pk=ticket_id), token)
    finally:
        Ticket.objects.filter(pk=ticket_id, holder=token).update(holder=None, leased_until=None)
