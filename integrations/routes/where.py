"""Where an alert goes, and why: routes are tried in their order, the first that is met takes it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from alerts.mutes.inhibition import reader
from integrations.routes.hours import Span, within
from query import parse
from query.explain import explain

# transitions that call for a notice, where neither the route nor the destination says which do
CALLING = ("opened", "reopened", "unmuted", "escalated", "reminded", "unsnoozed", "resolved")


class RouteSpec(msgspec.Struct, frozen=True):
    """``destinations``: slugs of those that are enabled; ``hours`` none are always."""

    id: int
    slug: str
    name: str
    fallback: bool = False
    query: str = ""
    severities: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    hours: tuple[Span, ...] = ()
    zone: str = "UTC"
    goes_on: bool = False
    destinations: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()


class Clause(NamedTuple):
    text: str
    met: bool


class Tried(NamedTuple):
    """One route and how it went: ``reached`` is False for one behind a route that took the alert."""

    route: RouteSpec
    reached: bool
    taken: bool
    clauses: Sequence[Clause]

    @property
    def failed(self) -> list[str]:
        return [clause.text for clause in self.clauses if not clause.met]


def tried(routes: Sequence[RouteSpec], event: Mapping[str, Any], now: datetime) -> list[Tried]:
    """Every route in its order, the fallback last."""
    found: list[Tried] = []
    ended = False
    for route in [route for route in routes if not route.fallback]:
        asked = list(clauses(route, event, now))
        met = all(clause.met for clause in asked)
        found.append(Tried(route, not ended, met and not ended, asked))
        ended = ended or (met and not route.goes_on)
    nobody = Clause("no other route has taken it", not any(one.taken for one in found))
    for route in [route for route in routes if route.fallback]:
        found.append(Tried(route, True, nobody.met, [nobody]))
    return found


def taken(routes: Sequence[RouteSpec], event: Mapping[str, Any], now: datetime) -> list[RouteSpec]:
    return [one.route for one in tried(routes, event, now) if one.taken]


def clauses(route: RouteSpec, event: Mapping[str, Any], now: datetime) -> Iterator[Clause]:
    if route.severities:
        yield Clause(f"severity is {' or '.join(route.severities)}", event.get("severity") in route.severities)
    if route.services:
        yield Clause(f"service is {' or '.join(route.services)}", event.get("service") in route.services)
    if route.hours:
        yield Clause(f"within its hours in {route.zone}", within(route.hours, route.zone, now))
    if route.query.strip():
        explained = explain(parse(route.query, "alerts"), event, "alerts")
        for part in explained.parts if explained.join == "and" else (explained,):
            yield Clause(part.text, part.met)


def group_of(route: RouteSpec, event: Mapping[str, Any]) -> dict[str, str]:
    """The values by which alerts are told together."""
    return {name: str(found) if (found := reader(name)(event)) is not None else "" for name in route.group_by}
