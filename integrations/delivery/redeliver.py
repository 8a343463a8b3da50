"""Told once more, by hand: what was given up, and what should be said again."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from integrations.models import Delivery, Thread

MOST = 1000  # at once
DONE = ("told", "muted", "given_up")


def redeliver(ids: Iterable[int]) -> int:
    """How many will be told again; what still waits is left alone. Under a new key, so that it counts as new."""
    asked = Delivery.objects.filter(pk__in=list(ids)[:MOST], state__in=DONE)
    count = 0
    for pk in sorted(set(asked.values_list("thread", flat=True))):
        with transaction.atomic():
            thread = Thread.objects.select_for_update(of=("self",)).get(pk=pk)
            count += asked.filter(thread=thread).update(state="waiting", notice="", settled_at=None)
            if not thread.notice:
                thread.due_at = timezone.now()
                thread.save(update_fields=["due_at"])
    return count
