"""Wakes the processes that show or tell alerts when some have changed."""

from django.conf import settings
from django.db import transaction

from search.bell import Bell

GROUP = "stacklens.transitions"
bell = Bell(GROUP)


def after_commit() -> None:
    """Ring when the transaction at hand is committed."""
    if settings.REDIS_URL:
        transaction.on_commit(bell.ring)
