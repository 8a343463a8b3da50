"""Stored metric points: which metrics came in, and the points of one. They are in the database, whichever backend
finds logs and spans."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, OuterRef, Subquery

from query.ast import Node
from query.match import as_text, compile_node
from search.api.stored import columns, from_columns, names_of
from search.backends import READ, database
from search.models import StoredMetricPoint
from search.narrow import narrow
from search.record import flat
from telemetry.records import MetricPoint

NAMES = 1000  # metrics that are listed
SAMPLE = 1000  # points whose attributes are looked at
FIXED = ("service", "host", "environment", "app_version")


@dataclass(frozen=True)
class Metric:
    name: str
    kind: str
    unit: str
    monotonic: bool
    points: int
    last: datetime


@dataclass(frozen=True)
class Points:
    """In the order of time. ``complete``: they are all, not only the newest."""

    points: list[MetricPoint]
    complete: bool


def metrics(since: datetime, until: datetime) -> list[Metric]:
    """Those with points in the range, by name; each as its newest point says."""
    newest = StoredMetricPoint.objects.filter(name=OuterRef("name")).order_by("-timestamp")
    rows = (
        StoredMetricPoint.objects.filter(timestamp__gte=since, timestamp__lt=until)
        .values("name")
        .annotate(points=Count("*"), last=Max("timestamp"))
        .annotate(**{f"its_{name}": Subquery(newest.values(name)[:1]) for name in ("kind", "unit", "monotonic")})
        .order_by("name")
    )
    names = ("name", "its_kind", "its_unit", "its_monotonic", "points", "last")
    with database().limited():
        return [Metric(*row) for row in rows.values_list(*names)[:NAMES]]


def points(name: str, node: Node, since: datetime, until: datetime) -> Points:
    """The newest of a metric that match."""
    rows = StoredMetricPoint.objects.filter(name=name, timestamp__gte=since, timestamp__lt=until)
    if (certain := narrow(node, "metrics")) is not None:
        rows = rows.filter(certain)
    fields = names_of(StoredMetricPoint, None)
    wanted = rows.order_by("-timestamp", "-id").values_list(*columns(StoredMetricPoint, fields).values())
    with database().limited():
        read = list(wanted[:READ])
    found = map(from_columns(StoredMetricPoint, fields), reversed(read))
    matches = compile_node(node, "metrics")
    return Points([point for point in found if isinstance(point, MetricPoint) and matches(point)], len(read) < READ)


def dimensions(found: Sequence[MetricPoint]) -> dict[str, list[str]]:
    """By what the points differ: the fields and their most frequent values, among the newest points."""
    counted: dict[str, Counter[str]] = {}
    for point in found[-SAMPLE:]:
        fixed = [(name, value) for name in FIXED if (value := getattr(point, name))]
        for name, value in [*fixed, *((f"attrs.{path}", leaf) for path, leaf in flat(point.attrs))]:
            if value not in (None, ""):
                counted.setdefault(name, Counter())[as_text(value)] += 1
    return {
        name: [value for value, _ in sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))[:20]]
        for name, values in counted.items()
    }
