"""Who changed which destination, route or action, and what of it: the admin's own log, for the admin and the API."""

from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import User
from django.db.models import Model

__all__ = ["ADDITION", "CHANGE", "DELETION", "changes", "note", "state"]

SHOWN = 200  # characters of one value


def note(user: Any, thing: Model, flag: int, words: str) -> None:
    if isinstance(user, User):
        LogEntry.objects.log_actions(user.pk, [thing], flag, words[:4000], single_object=True)


def state(thing: Model) -> dict[str, Any]:
    """What can be compared: its fields, and of sealed ones only that they are another text."""
    found = {field.name: getattr(thing, field.attname) for field in thing._meta.concrete_fields}
    if thing.pk:
        found |= {
            field.name: sorted(str(one) for one in getattr(thing, field.name).all())
            for field in thing._meta.many_to_many
        }
    return found


def changes(was: dict[str, Any], now: dict[str, Any]) -> str:
    """``name: old → new``, a line each; nothing that is sealed."""
    lines = [
        "secrets: set anew" if name == "sealed" else f"{name}: {shown(was.get(name))} → {shown(value)}"
        for name, value in now.items()
        if name != "updated_at" and was.get(name) != value
    ]
    return "\n".join(lines) or "saved without a change"


def shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
