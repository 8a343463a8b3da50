"""The buckets of every rule and group, kept in the database: loaded, merged, judged and saved in one transaction.

One row a rule and group. Rows are made and then locked in the order of their fingerprints, by workers and people
alike, so that no two of them wait for each other in a ring; and a row is only read under its lock, so that none of two
workers overwrites what the other has counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Q, QuerySet

from alerts.analyse import ActiveRule, Analyser, Observed
from alerts.episodes import FINDINGS, Event, State, Summary, advance, merge, refit, wake_at
from alerts.episodes import disarm as disarm_state
from alerts.given import given_texts
from alerts.models import RuleWindow
from alerts.rules.composite import Finding


class Kept(msgspec.Struct):
    """What a row's ``state`` column holds."""

    group: dict[str, Any]
    state: State


KEPT, ENCODER = msgspec.json.Decoder(Kept), msgspec.json.Encoder()


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
    changed: list[tuple[str, int | None, str]] = []
    for name, (slug, text) in rows.items():
        seen = observed.get(name)
        rule = seen.rule if seen else analyser.rules.get(slug)
        if rule is None:
            continue  # the rule is off: its windows stay until it comes back or prune removes them
        kept = KEPT.decode(text)
        state = kept.state
        refit(state, rule.spec.version, rule.terms)
        if seen:
            merge(state, seen.deltas, rule.terms)
        high = watermarks.get(axis_of(rule), 0)
        events, summary = advance(state, rule.terms, high - lateness(rule))
        wake = wake_at(state, rule.terms)
        outcomes.append(Outcome(name, rule, kept.group, events, summary))
        changed.append((ENCODER.encode(kept).decode(), None if wake is None else wake + lateness(rule), name))
    write(changed)
    return outcomes


def write(changed: Sequence[tuple[str, int | None, str]]) -> None:
    """State, time to wake and fingerprint. Without the ORM, which costs more than judging."""
    if changed:
        table = RuleWindow._meta.db_table
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {table} SET state = %s, wake_at = %s WHERE fingerprint = %s", changed)  # noqa: S608 - our own table's name


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


def locked(rows: QuerySet[RuleWindow]) -> dict[str, tuple[str, str]]:
    """Slug and state by fingerprint, in its order."""
    rows = rows.order_by("fingerprint")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    return {name: (slug, state) for name, slug, state in rows.values_list("fingerprint", "rule_slug", "state")}


def disarm(fingerprints: Iterable[str], now: datetime) -> None:
    """Start the counting of these groups from zero (a person resolved their alerts)."""
    at = int(now.timestamp() * 1_000_000_000)
    write([disarmed(name, text, at) for name, (_, text) in of(fingerprints).items()])


def disarmed(name: str, text: str, now: int) -> tuple[str, int | None, str]:
    kept = KEPT.decode(text)
    disarm_state(kept.state, now)
    # rules that watch this one hear of it at the next tick
    return ENCODER.encode(kept).decode(), 0 if kept.state.counted else None, name


def fires(fingerprint: str) -> bool:
    """Whether the group has an episode that is not over. Its row is locked then."""
    return any(KEPT.decode(text).state.opened for _, text in of([fingerprint]).values())


def of(fingerprints: Iterable[str]) -> dict[str, tuple[str, str]]:
    return locked(RuleWindow.objects.filter(pk__in=given_texts(fingerprints)))
