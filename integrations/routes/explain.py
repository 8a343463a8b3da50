"""Where an alert would go, and why: every route in its order, with the clauses that were met and those that failed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.models import Route
from integrations.routes.where import group_of, tried


def whereto(event: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    rows = Route.objects.filter(enabled=True).prefetch_related("destinations")
    found = tried([route.spec() for route in rows], event, now)
    heard = [slug for one in found if one.taken for slug in one.route.destinations]
    return {
        "destinations": list(dict.fromkeys(heard)),
        "routes": [
            {
                "route": one.route.slug,
                "name": one.route.name,
                "reached": one.reached,
                "taken": one.taken,
                "clauses": [{"clause": clause.text, "met": clause.met} for clause in one.clauses],
                "failed": one.failed,
                "destinations": list(one.route.destinations),
                "group": group_of(one.route, event),
            }
            for one in found
        ],
    }
