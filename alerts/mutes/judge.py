"""All mutes together: which alerts are muted at a time, and by what. Pure.

A mute is named ``silence:ID``, ``maintenance:ID`` or ``inhibition:ID``; where several mute an alert, the first in this
order is named.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from alerts.mutes.inhibition import Event, InhibitionSpec, inhibited
from alerts.mutes.maintenance import MaintenanceSpec
from alerts.mutes.silences import SilenceSpec


class Mutes(msgspec.Struct, frozen=True):
    """Everything that can mute; equal if nothing has changed."""

    silences: tuple[SilenceSpec, ...] = ()
    maintenance: tuple[MaintenanceSpec, ...] = ()
    inhibitions: tuple[InhibitionSpec, ...] = ()

    def timed(self, now: datetime) -> list[tuple[str, SilenceSpec | MaintenanceSpec]]:
        """Silences and maintenance in force, by name."""
        found: list[tuple[str, SilenceSpec | MaintenanceSpec]] = []
        found += ((f"silence:{mute.id}", mute) for mute in self.silences if mute.in_force(now))
        found += ((f"maintenance:{mute.id}", mute) for mute in self.maintenance if mute.in_force(now))
        return found

    def queries(self, now: datetime) -> list[str]:
        """All that has to be asked of alerts now."""
        asked = [mute.query for _, mute in self.timed(now)]
        return asked + [query for rule in self.inhibitions for query in (rule.source, rule.target)]

    def in_force(self, now: datetime) -> tuple[str, ...]:
        """The names of what can mute now."""
        return (*(name for name, _ in self.timed(now)), *(f"inhibition:{rule.id}" for rule in self.inhibitions))


def muted(mutes: Mutes, firing: Iterable[Event], now: datetime) -> dict[str, str]:
    """Of all alerts that fire, the muted ones: id -> name of the mute."""
    events = list(firing)
    timed = mutes.timed(now)
    found = {alert: f"inhibition:{rule}" for alert, (rule, _) in inhibited(mutes.inhibitions, events).items()}
    for event in events if timed else ():
        if name := next((name for name, mute in timed if mute.meets(event)), None):
            found[event.get("id")] = name
    return found
