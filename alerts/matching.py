"""Alerts against a query: the database narrows them by what it can, and reads only the columns that the query names."""

from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from alerts.event import iso
from alerts.models import Alert
from query import matcher, parse
from query.ast import And, Equals, Node, Or, fields

# what a query may name -> the column, where it is called otherwise
COLUMNS = {"rule": "rule_slug", "code": "issue_code", "group": "group"}
# columns of which equality in the database is equality in a query
EXACT = {"severity", "status", "service", "issue_code", "rule"}
READERS: dict[str, Callable[[Alert], Any]] = {
    "id": lambda alert: str(alert.pk),
    "assignee": lambda alert: alert.assignee and alert.assignee.get_username(),
    "merged_into": lambda alert: alert.merged_into_id and str(alert.merged_into_id),
    **{
        name: lambda alert, name=name: iso(getattr(alert, name))  # type: ignore[misc]
        for name in ("created_at", "first_seen", "last_seen")
    },
}


class Candidate:
    """The alert event as far as a query asks for it."""

    __slots__ = ("alert",)

    def __init__(self, alert: Alert) -> None:
        self.alert = alert

    def get(self, name: str) -> Any:
        read = READERS.get(name)
        return read(self.alert) if read else getattr(self.alert, COLUMNS.get(name, name))


def meets(text: str) -> Callable[[Alert], bool]:
    """Raises QueryError."""
    matches = matcher(text, "alerts")
    return lambda alert: matches(Candidate(alert))


def narrowed(rows: QuerySet[Alert], text: str) -> QuerySet[Alert]:
    """The rows that may match, with only what it takes to see whether they do. ``whole`` gives the rest."""
    node = parse(text, "alerts")
    named = {name.split(".", 1)[0] for name in fields(node)}
    columns = {COLUMNS.get(name, name) for name in named | {"id", "last_seen"}}
    rows = rows.filter(necessary(node)).select_related(None)
    return (rows.select_related("assignee") if "assignee" in named else rows).only(*columns)


def whole(found: list[Alert]) -> list[Alert]:
    """The same alerts with all they have, in the same order."""
    alerts = Alert.objects.select_related("assignee").in_bulk([alert.pk for alert in found])
    return [alerts[alert.pk] for alert in found if alert.pk in alerts]


def concerned(rows: QuerySet[Alert], texts: Iterable[str], names: Iterable[str]) -> tuple[Q, QuerySet[Alert]]:
    """The same for several queries: what holds of every alert that meets one of them, empty where nothing is certain;
    and the rows with what it takes to see, and these columns besides."""
    nodes = [parse(text, "alerts") for text in texts]
    named = {name.split(".", 1)[0] for node in nodes for name in fields(node)} | {
        name.split(".", 1)[0] for name in names
    }
    needed = [necessary(node) for node in nodes]
    either = reduce(or_, needed) if needed and all(needed) else Q()
    rows = rows.select_related("assignee") if "assignee" in named else rows.select_related(None)
    return either, rows.only("id", *{COLUMNS.get(name, name) for name in named})


def necessary(node: Node) -> Q:
    """What holds of every alert that matches; empty where nothing is certain."""
    if isinstance(node, Equals) and node.field in EXACT:
        return Q(**{COLUMNS.get(node.field, node.field): node.value})
    if isinstance(node, And):
        wanted = Q()
        for part in node.parts:
            wanted &= necessary(part)
        return wanted
    if isinstance(node, Or):
        parts = [necessary(part) for part in node.parts]
        wanted = parts[0]
        for one in parts[1:]:
            wanted |= one
        return wanted if all(parts) else Q()
    return Q()
