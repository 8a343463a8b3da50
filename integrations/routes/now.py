"""The routes and destinations as they are now, and whom a transition calls for."""

from collections.abc import Iterator, Mapping
from typing import Any

from alerts.models import Transition
from integrations.destinations import KINDS
from integrations.models import Destination, Route
from integrations.routes.where import CALLING, RouteSpec, taken


class Table:
    """Read anew for each step: there are few, and so none is ever stale."""

    def __init__(self, routes: Mapping[int, Route], specs: list[RouteSpec], destinations: list[Destination]) -> None:
        self.routes = routes
        self.specs = specs
        self.destinations = {one.slug: one for one in destinations}
        self.by_id = {one.pk: one for one in destinations}

    @classmethod
    def load(cls) -> "Table":
        routes = list(Route.objects.filter(enabled=True).prefetch_related("destinations"))
        return cls(
            {route.pk: route for route in routes},
            [route.spec() for route in routes],
            list(Destination.objects.filter(enabled=True)),
        )

    def heard_by(self, event: Mapping[str, Any], told: Transition) -> Iterator[tuple[Route, Destination]]:
        """By which routes the transition calls for which destinations; each once, however many lead there."""
        seen: set[str] = set()
        for spec in taken(self.specs, event, told.at):
            for slug in spec.destinations:
                destination, route = self.destinations[slug], self.routes[spec.id]
                if slug not in seen and told.seq > destination.since and calls(told.kind, route, destination):
                    seen.add(slug)
                    yield route, destination


def calls(kind: str, route: Route | None, destination: Destination) -> bool:
    """Whether a transition of this kind is worth a notice: as the route says, else as the destination's kind does."""
    if route and route.tells:
        return kind in route.tells
    return kind in getattr(KINDS.get(destination.kind), "hears", CALLING)
