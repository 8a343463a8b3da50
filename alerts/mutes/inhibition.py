"""Inhibition: while an alert that meets one query fires, alerts that meet another and share its fields are muted.

No alert mutes itself. Of alerts that would mute each other, directly or in a ring, the one that opened first speaks:
going from a muted alert to the one that mutes it, and on, always ends at one that no inhibition mutes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from query import matcher
from query.fields import DYNAMIC, SCHEMAS, leaves_reader, value_reader


class Event(Protocol):
    """An alert event, or what gives its values by their names."""

    def get(self, name: str) -> Any: ...


Key = tuple[Any, ...]
Shared = Callable[[Event], Key | None]


class InhibitionSpec(msgspec.Struct, frozen=True):
    """``equal``: fields of alert events, as queries name them."""

    id: str
    source: str
    target: str
    equal: tuple[str, ...]


def inhibited(rules: Sequence[InhibitionSpec], firing: Iterable[Event]) -> dict[str, tuple[str, str]]:
    """Of the alerts that fire, the muted ones: id -> (inhibition's id, id of the alert that mutes it)."""
    named = [(event.get("created_at"), event.get("id"), event) for event in firing] if rules else []
    ordered = [(name, event) for _, name, event in sorted(named, key=lambda one: one[:2])]
    muted: dict[str, tuple[str, str]] = {}
    for rule in rules:
        shared = sharing(rule)
        sources = sources_of(rule, shared, ordered)
        targets = matcher(rule.target, "alerts")
        for name, event in reversed(ordered) if sources else ():  # the youngest first: the oldest is left to speak
            if name in muted or not targets(event) or (key := shared(event)) is None:
                continue
            muters = (source for source in sources.get(key, ()) if not hangs_on(muted, source, name))
            if source := next(muters, None):
                muted[name] = (rule.id, source)
    return muted


def sources_of(rule: InhibitionSpec, shared: Shared, events: Sequence[tuple[str, Event]]) -> Mapping[Key, list[str]]:
    meets = matcher(rule.source, "alerts")
    sources: dict[Key, list[str]] = {}
    for name, event in events:
        if meets(event) and (key := shared(event)) is not None:
            sources.setdefault(key, []).append(name)
    return sources


def sharing(rule: InhibitionSpec) -> Shared:
    """Gives the values that must be equal; None where one is absent, which is equal to nothing."""
    readers = [reader(name) for name in rule.equal]

    def shared(event: Event) -> Key | None:
        values = tuple([read(event) for read in readers])
        return None if None in values or "" in values else values

    return shared


def reader(name: str) -> Callable[[Event], Any]:
    """Reads a field of alert events, as queries name it."""
    schema = SCHEMAS["alerts"]
    field = schema.find(name)
    assert field is not None, "the rule was checked"
    if field.kind != DYNAMIC:
        return value_reader(name, schema)
    leaves = leaves_reader(name, schema)
    return lambda event: next(iter(leaves(event)), None)


def hangs_on(muted: Mapping[str, tuple[str, str]], alert: str, other: str) -> bool:
    """Whether ``alert`` is ``other``, or is muted by it, perhaps over several."""
    while alert != other and alert in muted:
        alert = muted[alert][1]
    return alert == other
