"""No more new alerts of a rule in a minute than it allows; one alert of our own counts those held back.

The minute is that in which the window that fired ended, by the rule's own time, and who comes first in it goes by these
ends, so that how records were batched hardly shows. A group that was held back has no alert for this episode; its
window counts on, and when it fires again it is asked anew.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from django.db.models import QuerySet

from alerts.episodes import steps
from alerts.lifecycle.kin import Kin
from alerts.lifecycle.ours import Kind, ours
from alerts.lifecycle.transitions import change
from alerts.models import Alert, NewAlerts, Transition
from alerts.rules.frame import SECOND
from alerts.windows import Outcome
from search.store import moment

ALERTS_LIMITED = "alerts-limited"
LIMITED = Kind(
    ALERTS_LIMITED,
    "ALERTS_LIMITED",
    "warn",
    "Group by less, narrow the query, or allow the rule more new alerts a minute",
)
MINUTE = 60 * SECOND
QUIET = timedelta(minutes=10)  # after so long without another held back, our alert resolves

Episode = tuple[str, int]  # a group's fingerprint and the number of its episode


class Opening(NamedTuple):
    """A new alert that is about to be, in the order in which they are let through. ``end``: nanoseconds."""

    end: int
    fingerprint: str
    episode: int
    slug: str
    limit: int

    @property
    def key(self) -> str:
        return f"{self.end // MINUTE}:{self.slug}"


def held_back(openings: Iterable[Opening], opened: Mapping[str, int]) -> list[Opening]:
    """Those above their rule's limit. ``opened``: how many there were already, by key. Pure."""
    counts, held = dict(opened), []
    for opening in sorted(openings):
        if counts.setdefault(opening.key, 0) < opening.limit:
            counts[opening.key] += 1
        else:
            held.append(opening)
    return held


def limit(
    verdicts: Sequence[Outcome], latest: Mapping[str, Alert], kin: Kin, now: datetime
) -> tuple[list[Outcome], list[Transition]]:
    """The verdicts without the episodes that are held back, and what is to be told of that."""
    openings = [opening for verdict in verdicts for opening in openings_of(verdict, latest, kin)]
    if not openings:
        return list(verdicts), []
    rows = counted(openings)
    held = held_back(openings, {row.key: row.opened for row in rows})
    asked, without = (Counter(opening.key for opening in part) for part in (openings, held))
    for row in rows:
        row.opened += asked[row.key] - without[row.key]
        row.held += without[row.key]
    NewAlerts.objects.bulk_update(rows, ["opened", "held"])
    if not held:
        return list(verdicts), []
    episodes = {(opening.fingerprint, opening.episode) for opening in held}
    slugs = sorted({(opening.slug, opening.limit) for opening in held})
    told = [one for slug, most in slugs for one in report(slug, most, [o for o in held if o.slug == slug], now)]
    return [without_held(verdict, episodes) for verdict in verdicts], told


def openings_of(verdict: Outcome, latest: Mapping[str, Alert], kin: Kin) -> list[Opening]:
    """The episodes of which each becomes a new alert: neither one that reopens, nor one that another alert tells."""
    spec, alert = verdict.rule.spec, latest.get(verdict.fingerprint)
    if not spec.new_per_minute or (alert is not None and (alert.status != "resolved" or kin.target(alert))):
        return []
    return [
        Opening(
            verdict.summary_of(event).evidence.window_end,
            verdict.fingerprint,
            event.episode,
            spec.slug,
            spec.new_per_minute,
        )
        for event in verdict.events
        if event.kind == "opened" or (event.kind == "reopened" and alert is None)
    ]


def without_held(verdict: Outcome, held: set[Episode]) -> Outcome:
    events = [event for event in verdict.events if (verdict.fingerprint, event.episode) not in held]
    return msgspec.structs.replace(verdict, events=events) if len(events) < len(verdict.events) else verdict


def counted(openings: Sequence[Opening]) -> list[NewAlerts]:
    """The counts of these minutes, made before they are locked, so that of two workers one waits for the other."""
    keys = sorted({opening.key for opening in openings})
    minutes = {opening.key: moment(opening.end - opening.end % MINUTE) for opening in openings}
    NewAlerts.objects.bulk_create([NewAlerts(key=key, minute=minutes[key]) for key in keys], ignore_conflicts=True)
    return list(NewAlerts.objects.filter(pk__in=keys).order_by("key").select_for_update())


def report(slug: str, most: int, held: Sequence[Opening], now: datetime) -> list[Transition]:
    """Open our alert, or count on."""
    alert, new = ours(LIMITED, {"rule": slug}, now)
    transitions = [change(alert, "opened", now, key=str(alert.episode))] if new else []
    before, alert.count = alert.count, alert.count + len(held)
    alert.last_seen = now
    alert.message = f"{slug} may open {most} alerts a minute; {alert.count} more groups fired and were held back"
    alert.save()
    for step in steps(max(before, 1), alert.count):
        transitions.append(change(alert, "repeated", now, key=f"{alert.episode}:{step}"))
        transitions[-1].data = {"count": step}
    return transitions


def lapsed(now: datetime) -> QuerySet[Alert]:
    """Our alerts of rules that have long been within their limit again."""
    return Alert.objects.filter(rule_slug=ALERTS_LIMITED, last_seen__lt=now - QUIET).exclude(status="resolved")


def resolve_lapsed(now: datetime) -> list[Transition]:
    transitions = []
    for alert in lapsed(now).order_by("id").select_for_update():
        alert.status, alert.resolved_at, alert.cleared_at = "resolved", now, now
        alert.save(update_fields=["status", "resolved_at", "cleared_at"])
        transitions.append(change(alert, "resolved", now, key=str(alert.episode), reason="within the limit again"))
    return transitions
