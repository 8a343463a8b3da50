"""Alerts against a query: the database narrows them by what it can, and reads only the columns that the query names.

What comes are named tuples, not alerts: making ten thousand objects of the model costs more than all the rest."""

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
COLUMNS = {
    "rule": "rule_slug",
    "code": "issue_code",
    "assignee": "assignee__username",
    "merged_into": "merged_into_id",
}
# columns of which equality in the database is equality in a query
EXACT = {"severity", "status", "service", "issue_code", "rule"}
Rows = QuerySet[Alert, Any]


def assignee(alert: Any) -> Any:
    if isinstance(alert, Alert):
        return alert.assignee and alert.assignee.get_username()
    return alert.assignee__username


READERS: dict[str, Callable[[Any], Any]] = {
    "id": lambda alert: str(alert.id),
    "assignee": assignee,
    "merged_into": lambda alert: alert.merged_into_id and str(alert.merged_into_id),
    **{
        name: lambda alert, name=name: iso(getattr(alert, name))  # type: ignore[misc]
        for name in ("created_at", "first_seen", "last_seen")
    },
}


class Candidate:
    """The alert event as far as a query asks for it; of an alert or of a row."""

    __slots__ = ("alert",)

    def __init__(self, alert: Any) -> None:
        self.alert = alert

    def get(self, name: str) -> Any:
        read = READERS.get(name)
        return read(self.alert) if read else getattr(self.alert, COLUMNS.get(name, name))


def meets(text: str) -> Callable[[Any], bool]:
    """Raises QueryError."""
    matches = matcher(text, "alerts")
    return lambda alert: matches(Candidate(alert))


def narrowed(rows: QuerySet[Alert], text: str, *names: str) -> Rows:
    """The rows that may match, with only what it takes to see whether they do, and these columns besides. ``whole``
    gives the alerts."""
    node = parse(text, "alerts")
    return only(rows.filter(necessary(node)), {*fields(node), *names})


def whole(found: list[Any]) -> list[Alert]:
    """The alerts of these rows, in the same order."""
    alerts = Alert.objects.select_related("assignee").in_bulk([row.id for row in found])
    return [alerts[row.id] for row in found if row.id in alerts]


def concerned(rows: QuerySet[Alert], texts: Iterable[str], names: Iterable[str]) -> tuple[Q, Rows]:
    """The same for several queries: what holds of every alert that meets one of them, empty where nothing is certain;
    and the rows with what it takes to see, and these columns besides."""
    nodes = [parse(text, "alerts") for text in texts]
    needed = [necessary(node) for node in nodes]
    either = reduce(or_, needed) if needed and all(needed) else Q()
    return either, only(rows, {name for node in nodes for name in fields(node)} | set(names))


def only(rows: QuerySet[Alert], names: Iterable[str]) -> Rows:
    """The columns behind these names of a query, and the id."""
    columns = {COLUMNS.get(name, name) for name in (name.split(".", 1)[0] for name in names)}
    return rows.select_related(None).values_list("id", *sorted(columns - {"id"}), named=True)


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
