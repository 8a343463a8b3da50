"""The part of a query that any database can check by itself: what it lets through may match, the rest can't."""

from functools import reduce
from operator import and_, or_

from django.db.models import Q

from query.ast import And, Equals, Exists, Node, Or
from query.fields import SCHEMAS
from telemetry.storable import NUL


def narrow(node: Node, signal: str) -> Q | None:
    """A condition that every matching row meets; None if nothing is certain."""
    if isinstance(node, And):
        found = [condition for part in node.parts if (condition := narrow(part, signal)) is not None]
        return reduce(and_, found) if found else None
    if isinstance(node, Or):
        branches = [narrow(part, signal) for part in node.parts]
        certain = [branch for branch in branches if branch is not None]
        return reduce(or_, certain) if certain and len(certain) == len(branches) else None
    if isinstance(node, Equals | Exists) and column(node.field, signal):
        if isinstance(node, Exists):
            return Q(**{f"{node.field}__isnull": False})
        # what holds a NUL is stored otherwise than it was judged
        return None if NUL in node.value else Q(**{node.field: node.value})
    return None


def column(name: str, signal: str) -> bool:
    """Whether the field is kept as it is, in a column of its own."""
    field = SCHEMAS[signal].fields.get(name)
    return field is not None and field.read is None
