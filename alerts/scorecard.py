"""How good a rule is, version by version: what people said of its alerts, how many it made, how long they took."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Min, Q

from alerts.models import VERDICTS, Alert, Rule, RuleVersion

WEEK = timedelta(days=7)
LEAST = timedelta(days=1)  # what a version has been there for less than this says little of a week
VERSIONS = 20  # the newest ones


@dataclass(frozen=True)
class Score:
    """One version's. ``precision``: the share of what was judged that was no noise; ``acknowledged`` and ``resolved``:
    medians in seconds, counted from when the alert was made. None where there is nothing to tell."""

    version: int
    since: datetime
    until: datetime | None
    alerts: int
    a_week: float
    verdicts: dict[str, int]
    precision: float | None
    acknowledged: float | None
    resolved: float | None

    @property
    def judged(self) -> int:
        return sum(self.verdicts.values())


def scorecard(rule: Rule, now: datetime) -> list[Score]:
    """The newest version first."""
    versions = list(RuleVersion.objects.filter(rule=rule).order_by("-version")[:VERSIONS])
    made = by_version(rule.slug, [version.version for version in versions])
    ends = [None, *(version.created_at for version in versions)]
    return [
        score(version, until, made.get(version.version, []), now)
        for version, until in zip(versions, ends, strict=False)
    ]


def by_version(slug: str, versions: Iterable[int]) -> dict[int, list[tuple[Any, ...]]]:
    """(verdict, created, acknowledged, resolved) of each alert, by the version that made it."""
    first = Min("transitions__at", filter=Q(transitions__kind="acknowledged"))
    rows = Alert.objects.filter(rule_slug=slug, rule_version__in=list(versions)).annotate(acknowledged=first)
    made: dict[int, list[tuple[Any, ...]]] = {}
    for version, *rest in rows.values_list("rule_version", "verdict", "created_at", "acknowledged", "resolved_at"):
        made.setdefault(version, []).append(tuple(rest))
    return made


def score(version: RuleVersion, until: datetime | None, made: list[tuple[Any, ...]], now: datetime) -> Score:
    said = Counter(verdict for verdict, *_ in made if verdict)
    judged = sum(said.values())
    lived = max((until or now) - version.created_at, LEAST)
    return Score(
        version=version.version,
        since=version.created_at,
        until=until,
        alerts=len(made),
        a_week=round(len(made) * (WEEK / lived), 1),
        verdicts={verdict: said[verdict] for verdict in VERDICTS},
        precision=round((judged - said["noise"]) / judged, 3) if judged else None,
        acknowledged=typical((at, created) for _, created, at, _ in made),
        resolved=typical((at, created) for _, created, _, at in made),
    )


def typical(times: Iterable[tuple[datetime | None, datetime]]) -> float | None:
    """The median of the seconds from the second to the first."""
    seconds = [(at - created).total_seconds() for at, created in times if at]
    return round(median(seconds), 1) if seconds else None
