"""Inhibition: while an alert that meets one query fires, alerts that meet another and share its fields are muted.

No alert mutes itself. Of alerts that would mute each other, directly or in a ring, the one that opened first speaks:
going from a muted alert to the one that mutes it, and on, always ends at one that no inhibition mutes.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from query import matcher
from query.fields import DYNAMIC, SCHEMAS, leaves_reader, value_reader


class Event(Protocol):
    """An alert event, or what gives its values by their names."""

    def get(self, name: str) -> Any: ...


class InhibitionSpec(msgspec.Struct, frozen=True):
    """``equal``: fields of alert events, as queries name them."""

    id: str
    source: str
    target: str
    equal: tuple[str, ...]


def inhibited(rules: Sequence[InhibitionSpec], firing: Iterable[Event]) -> dict[str, tuple[str, str]]:
    """Of the alerts that fire, the muted ones: id -> (inhibition's id, id of the alert that mutes it)."""
    ordered = sorted(firing, key=lambda event: (event.get("created_at"), event.get("id"))) if rules else []
    muted: dict[str, tuple[str, str]] = {}
    for rule in rules:
        sources = sources_of(rule, ordered)
        targets = matcher(rule.target, "alerts")
        for event in reversed(ordered) if sources else ():  # the youngest first, so that the oldest is left to speak
            name = event.get("id")
            if name in muted or not targets(event) or (key := shared(rule, event)) is None:
                continue
            muters = (source for source in sources.get(key, ()) if not hangs_on(muted, source, name))
            if source := next(muters, None):
                muted[name] = (rule.id, source)
    return muted


def sources_of(rule: InhibitionSpec, events: Sequence[Event]) -> Mapping[tuple[Any, ...], list[str]]:
    meets = matcher(rule.source, "alerts")
    sources: dict[tuple[Any, ...], list[str]] = {}
    for event in events:
        if meets(event) and (key := shared(rule, event)) is not None:
            sources.setdefault(key, []).append(event.get("id"))
    return sources


def shared(rule: InhibitionSpec, event: Event) -> tuple[Any, ...] | None:
    """The values that must be equal; None where one is absent, which is equal to nothing."""
    values = tuple(value(event, name) for name in rule.equal)
    return None if None in values or "" in values else values


def value(event: Event, name: str) -> Any:
    schema = SCHEMAS["alerts"]
    field = schema.find(name)
    assert field is not None, "the rule was checked"
    if field.kind == DYNAMIC:
        return next(iter(leaves_reader(name, schema)(event)), None)
    return value_reader(name, schema)(event)


def hangs_on(muted: Mapping[str, tuple[str, str]], alert: str, other: str) -> bool:
    """Whether ``alert`` is ``other``, or is muted by it, perhaps over several."""
    while alert != other and alert in muted:
        alert = muted[alert][1]
    return alert == other
