"""The mutes in the database: read as the pure judging takes them, and their names for people."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Model

from alerts.models import Inhibition, Maintenance, Silence
from alerts.mutes.judge import Mutes

KINDS: dict[str, type[Model]] = {"silence": Silence, "maintenance": Maintenance, "inhibition": Inhibition}


def load(now: datetime) -> Mutes:
    """All that has not ended, in a lasting order. Read anew each time: there are few, and so none is ever stale."""
    return Mutes(
        tuple(silence.spec() for silence in Silence.objects.filter(ends_at__gt=now).order_by("created_at", "id")),
        tuple(window.spec() for window in Maintenance.objects.filter(enabled=True).order_by("created_at", "id")),
        tuple(rule.spec() for rule in Inhibition.objects.filter(enabled=True).order_by("created_at", "id")),
    )


def in_words(names: Iterable[str]) -> dict[str, str]:
    """``silence:ID`` -> "silence by ada: deploying"; one that was deleted goes by its kind."""
    wanted = {name for name in names if name}
    words = {name: name.partition(":")[0] for name in wanted}
    for kind, model in KINDS.items():
        ids = [name.partition(":")[2] for name in wanted if name.startswith(f"{kind}:")]
        for mute in model._default_manager.filter(pk__in=ids) if ids else ():
            words[f"{kind}:{mute.pk}"] = f"silence by {mute}" if kind == "silence" else f"{kind} {mute}"
    return words
