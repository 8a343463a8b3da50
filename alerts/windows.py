"""The buckets of every rule and group, kept in the database: loaded, merged, judged and saved in one transaction.

One row a rule and group. Rows are made and then locked in the order of their fingerprints, by workers and people
alike, so that no two of them wait for each other in a ring; and a row is only read under its lock, so that none of two
workers overwrites what the other has counted.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Q, QuerySet

from alerts.analyse import ActiveRule, Analyser, Observed
from alerts.episodes import Event, State, Summary, advance, merge, refit, wake_at
from alerts.episodes import disarm as disarm_state
from alerts.given import given_texts, update_each
from alerts.models import RuleWindow


class Kept(msgspec.Struct):
    """What a row's ``state`` column holds."""

    group: dict[str, Any]
    state: State


class Outcome(msgspec.Struct):
    """What one group of one rule has to say after a batch."""

    fingerprint: str
    rule: ActiveRule
    group: dict[str, Any]
    events: list[Event]
    summary: Summary | None

    def summary_of(self, event: Event) -> Summary:
        """Of the event's episode, which is either resolved, with its summary, or the open one."""
        done = (other.summary for other in self.events if other.summary and other.episode == event.episode)
        summary = next(done, self.summary)
        assert summary is not None
        return summary


Watermarks = Mapping[str, int]


def axis_of(rule: ActiveRule) -> str:
    """The clock by which a rule goes: its signal's event time or its arrival."""
    return f"{rule.spec.signal}.{rule.axis}"


def due(watermarks: Watermarks) -> QuerySet[RuleWindow]:
    """The rows for which something happens at these watermarks even without a record."""
    condition = Q(pk__in=[])
    for axis, high in watermarks.items():
        condition |= Q(axis=axis, wake_at__lte=high)
    return RuleWindow.objects.filter(condition)


def judge(analyser: Analyser, observed: Mapping[str, Observed], watermarks: Watermarks) -> list[Outcome]:
    """Merge what was observed into the kept windows and judge them, and those that are due."""
    make(observed)
    rows = locked(RuleWindow.objects.filter(pk__in=list(observed)) | due(watermarks))
    outcomes: list[Outcome] = []
    changed: list[RuleWindow] = []
    for name in sorted(set(rows) | set(observed)):
        row, seen = rows.get(name), observed.get(name)
        rule = seen.rule if seen else analyser.rules.get(row.rule_slug) if row else None
        if rule is None:
            continue  # the rule is off: its windows stay until it comes back or prune removes them
        kept = msgspec.json.decode(row.state, type=Kept) if row else Kept(seen.group if seen else {}, State())
        state = kept.state
        refit(state, rule.spec.version, rule.terms)
        if seen:
            merge(state, seen.deltas, rule.terms)
        high = watermarks.get(axis_of(rule), 0)
        lateness = rule.lateness if rule.axis == "event" else 0
        events, summary = advance(state, rule.terms, high - lateness)
        wake = wake_at(state, rule.terms)
        outcomes.append(Outcome(name, rule, kept.group, events, summary))
        changed.append(
            RuleWindow(
                fingerprint=name,
                rule_slug=rule.spec.slug,
                axis=axis_of(rule),
                state=msgspec.json.encode(kept).decode(),
                wake_at=None if wake is None else wake + lateness,
            )
        )
    RuleWindow.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["fingerprint"], update_fields=["state", "wake_at"]
    )
    return outcomes


def make(observed: Mapping[str, Observed]) -> None:
    """A row for each group that has none, before any is locked: of two workers that see a new group, one makes it and
    the other waits for it."""
    if not observed:
        return
    there = set(RuleWindow.objects.filter(pk__in=list(observed)).values_list("pk", flat=True))
    RuleWindow.objects.bulk_create(
        [
            RuleWindow(
                fingerprint=name,
                rule_slug=observed[name].rule.spec.slug,
                axis=axis_of(observed[name].rule),
                state=msgspec.json.encode(Kept(observed[name].group, State())).decode(),
            )
            for name in sorted(set(observed) - there)
        ],
        ignore_conflicts=True,
    )


def locked(rows: QuerySet[RuleWindow]) -> dict[str, RuleWindow]:
    rows = rows.order_by("fingerprint")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    return {row.fingerprint: row for row in rows}


def disarm(fingerprints: Iterable[str], now: datetime) -> None:
    """Start the counting of these groups from zero (a person resolved their alerts)."""
    names = list(fingerprints)
    rows = RuleWindow.objects.filter(pk__in=given_texts(names)).order_by("fingerprint").select_for_update()
    at = int(now.timestamp() * 1_000_000_000)
    states = {name: disarmed(state, at) for name, state in rows.values_list("fingerprint", "state")}
    update_each(RuleWindow._meta.db_table, "fingerprint", "state", states, ", wake_at = NULL")


def disarmed(state: str, now: int) -> str:
    kept = msgspec.json.decode(state, type=Kept)
    disarm_state(kept.state, now)
    return msgspec.json.encode(kept).decode()


def fires(fingerprint: str) -> bool:
    """Whether the group has an episode that is not over. Its row is locked then."""
    rows = locked(RuleWindow.objects.filter(pk=fingerprint)).values()
    return any(msgspec.json.decode(row.state, type=Kept).state.opened for row in rows)
