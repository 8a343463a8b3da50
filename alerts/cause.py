"""From an alert towards its cause: what was logged around it, what has changed since the time before, its trace, and
how alerts like it ended.

Each part stands alone: where records can't be searched now, its place says so, and the others are there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec

from alerts.models import Alert, RuleVersion
from alerts.rules import RuleSpec, check, query_of
from alerts.similar import Similar, similar
from query.fields import SCHEMAS
from search import find
from search.api.stored import MODELS, record
from search.backends import Away, TooLong
from search.clauses import clause
from search.compare import COMPARED, Comparison, compare
from search.contrast import Change
from search.ranges import moment
from search.record import attributes_of
from search.search import Search, search
from search.slices import Slice
from search.waterfall import Waterfall, waterfall

LEAST, LONGEST = timedelta(minutes=1), timedelta(hours=1)  # of what is looked at of the firing
BEFORE = 5  # times as long is the time that it is compared with
LEAST_BEFORE = timedelta(minutes=10)
SLICES = 60
SERVICE, ALL = "service", "all"

T = TypeVar("T")


@dataclass(frozen=True)
class Times:
    """``since`` to ``until``: when it fired, of a long firing the beginning; ``before``: where the time before begins;
    ``after``: the end of what is drawn."""

    before: datetime
    since: datetime
    until: datetime
    after: datetime


@dataclass(frozen=True)
class Part:
    """What could be found, or why nothing could."""

    found: Any = None
    trouble: str = ""


@dataclass(frozen=True)
class Cause:
    """``query``: the records that the rule judged for this alert. ``scope``: whether all services are compared or the
    alert's own; ``evidence``: values, as (field, value), that all evidence has."""

    alert: Alert
    signal: str
    query: str
    times: Times
    scope: str
    histogram: Part
    comparison: Part
    trace: Part
    evidence: set[tuple[str, str]]
    similar: list[Similar]

    @property
    def changes(self) -> list[tuple[Change, str, bool]]:
        """Each with the query that finds its records, where a page shows them, and whether all evidence has it."""
        compared: Comparison | None = self.comparison.found
        place = [clause("service", self.alert.service)] if self.scope == SERVICE else []
        return [
            (
                one,
                " AND ".join([*place, clause(one.field, one.value)]) if self.signal == "logs" else "",
                (one.field, one.value) in self.evidence,
            )
            for one in (compared.changes if compared else [])
        ]


def cause(alert: Alert, scope: str = SERVICE) -> Cause:
    spec, times = spec_of(alert), times_of(alert)
    signal = spec.signal if spec and spec.signal in COMPARED else "logs"
    scope = scope if alert.service else ALL
    query = judged(alert, spec)
    compared = Search(signal).of_service(alert.service) if scope == SERVICE else Search(signal)
    return Cause(
        alert, signal, query, times, scope,
        histogram=part(lambda: find.histogram(search(query, signal), times.before, times.after, SLICES)),
        comparison=part(lambda: compare(compared, (times.since, times.until), (times.before, times.since))),
        trace=part(lambda: traced(alert)),
        evidence=shared_by_all(alert, signal),
        similar=similar(alert),
    )  # fmt: skip


def part(read: Callable[[], Slice | Comparison | Waterfall | list[Slice] | None]) -> Part:
    try:
        return Part(read())
    except (Away, TooLong) as error:
        return Part(trouble=str(error))


def spec_of(alert: Alert) -> RuleSpec | None:
    """The rule as it was, if it can still be read."""
    version = RuleVersion.objects.filter(rule__slug=alert.rule_slug, version=alert.rule_version).first()
    spec = msgspec.convert(version.spec, RuleSpec) if version else None
    return spec if spec and not check(spec) else None


def times_of(alert: Alert) -> Times:
    # a window may be one of arrival, and then its records are older
    since = min(moment(str(alert.evidence.get("window_start", ""))) or alert.first_seen, alert.first_seen)
    end = moment(str(alert.evidence.get("window_end", ""))) or alert.last_seen
    until = max(end, min(alert.last_seen + timedelta(seconds=1), since + LONGEST), since + LEAST)
    long = until - since
    return Times(since - max(long * BEFORE, LEAST_BEFORE), since, until, until + long / 2)


def judged(alert: Alert, spec: RuleSpec | None) -> str:
    """The rule's query, narrowed to the alert's group: a text that can be searched for."""
    if spec is None or spec.signal not in COMPARED:
        return clause("service", alert.service) if alert.service else ""
    schema, query = SCHEMAS[spec.signal], query_of(spec).strip()
    parts = [f"({query})"] if query and query != "*" else []
    parts += [clause(name, str(value)) for name, value in alert.group.items() if value and schema.find(name)]
    return " AND ".join(parts)


def traced(alert: Alert) -> Waterfall | None:
    if not alert.related_trace_id:
        return None
    spans, logs = find.trace(alert.related_trace_id)
    return waterfall(spans, logs) if spans or logs else None


def shared_by_all(alert: Alert, signal: str) -> set[tuple[str, str]]:
    """What every record of the evidence has: no news, as it is what fired."""
    rows = MODELS[signal].objects.filter(pk__in=alert.related_logs)  # type: ignore[attr-defined]
    having = [set(values(record(row), signal)) for row in rows]
    return set.intersection(*having) if having else set()


def values(found: Any, signal: str) -> list[tuple[str, str]]:
    return [(name, getattr(found, name)) for name in COMPARED[signal] if getattr(found, name)] + attributes_of(found)
