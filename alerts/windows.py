"""The buckets of every rule and group, kept in the database: loaded, merged, judged and saved in one transaction.

One row a rule and group. Rows are made and then locked in the order of their fingerprints, by workers and people
alike, so that no two of them wait for each other in a ring; and a row is only read under its lock, so that none of two
workers overwrites what the other has counted.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Q, QuerySet

from alerts.analyse import ActiveRule, Analyser, Observed
from alerts.episodes import FINDINGS, Event, State, Summary, advance, merge, refit, wake_at
from alerts.episodes import disarm as disarm_state
from alerts.models import RuleWindow
from alerts.rules.composite import Finding


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


Watermarks = Mapping[str, int]


def axis_of(rule: ActiveRule) -> str:
    """The clock by which a rule goes: its signal's event time or its arrival; for a composite rule, one of its own."""
    return f"alerts.{rule.spec.slug}" if rule.spec.signal == "alerts" else f"{rule.spec.signal}.{rule.axis}"


def due(watermarks: Watermarks) -> QuerySet[RuleWindow]:
    """The rows for which something happens at these watermarks even without a record."""
    condition = Q(pk__in=[])
    for axis, high in watermarks.items():
        condition |= Q(axis=axis, wake_at__lte=high)
    return RuleWindow.objects.filter(condition)


def judge(analyser: Analyser, observed: Mapping[str, Observed], watermarks: Watermarks) -> list[Outcome]:
    """Merge what was observed into the kept windows and judge them, and those that are due; then the composite rules,
    by what that found. Rows of composite rules are locked after all others, so that no two workers wait in a ring."""
    outcomes = settle(analyser, observed, watermarks, due(watermarks))
    if analyser.composites:
        marks = composed_marks(analyser, watermarks)
        outcomes += settle(analyser, analyser.compose(findings(outcomes)), marks, due(marks))
    for outcome in outcomes:
        outcome.events = [event for event in outcome.events if event.kind not in FINDINGS]
    return outcomes


def settle(
    analyser: Analyser, observed: Mapping[str, Observed], watermarks: Watermarks, due: QuerySet[RuleWindow]
) -> list[Outcome]:
    make(observed)
    rows = locked(RuleWindow.objects.filter(pk__in=list(observed)) | due)
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
        events, summary = advance(state, rule.terms, high - lateness(rule))
        wake = wake_at(state, rule.terms)
        outcomes.append(Outcome(name, rule, kept.group, events, summary))
        changed.append(
            RuleWindow(
                fingerprint=name,
                rule_slug=rule.spec.slug,
                axis=axis_of(rule),
                state=msgspec.json.encode(kept).decode(),
                wake_at=None if wake is None else wake + lateness(rule),
            )
        )
    RuleWindow.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["fingerprint"], update_fields=["state", "wake_at"]
    )
    return outcomes


def lateness(rule: ActiveRule) -> int:
    """Nanoseconds that a rule's clock stays behind its signal's; a composite rule's is behind its rules' already."""
    return rule.lateness if rule.axis == "event" and rule.spec.signal != "alerts" else 0


def pending(analyser: Analyser, watermarks: Watermarks) -> bool:
    """Whether anything happens at these watermarks even without a record."""
    return (due(watermarks) | due(composed_marks(analyser, watermarks))).exists()


def composed_marks(analyser: Analyser, watermarks: Watermarks) -> dict[str, int]:
    return {axis_of(rule): composed(analyser, rule, watermarks) for rule in analyser.composites}


def composed(analyser: Analyser, rule: ActiveRule, watermarks: Watermarks) -> int:
    """The time up to which all that a composite rule watches has been judged."""
    watched = [analyser.rules[slug] for slug in rule.config.rules if slug in analyser.rules]
    return min((watermarks.get(axis_of(one), 0) - lateness(one) - one.terms.width for one in watched), default=0)


def findings(outcomes: Sequence[Outcome]) -> list[Finding]:
    """What began or ceased to fire, for the rules that watch for it."""
    found = []
    for outcome in outcomes:
        for event in outcome.events:
            if event.kind in FINDINGS and event.at is not None:
                slug = outcome.rule.spec.slug
                found.append(Finding(event.at, slug, outcome.group, event.kind == "began", event.sample))
    return found


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


def disarm(fingerprint: str, now: datetime) -> None:
    """Start the counting of one group from zero (a person resolved its alert)."""
    for row in locked(RuleWindow.objects.filter(pk=fingerprint)).values():
        kept = msgspec.json.decode(row.state, type=Kept)
        disarm_state(kept.state, int(now.timestamp() * 1_000_000_000))
        # rules that watch this one hear of it at the next tick
        row.state, row.wake_at = msgspec.json.encode(kept).decode(), 0 if kept.state.counted else None
        row.save(update_fields=["state", "wake_at"])
