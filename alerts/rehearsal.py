"""A rule played over stored history, and a draft of it beside: which alerts, and what the draft would change.

Nothing is written. Ids are those of the alerts that live judging made, where the same episodes were counted.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any

import msgspec
from django.db.models import Q, QuerySet
from django.utils import timezone

from alerts import lifecycle
from alerts.analyse import ActiveRule
from alerts.episodes import Event
from alerts.event import alert_event
from alerts.history import History
from alerts.models import Alert, Rule
from alerts.numbering import Numbering
from alerts.replay import SLACK, Episode, Replay, began
from alerts.rules.frame import SECOND
from alerts.windows import Outcome
from search.api.stored import nanoseconds
from search.store import moment

Watch = Callable[[int, int], bool]  # told how many records of how many are done; False stops


class Played(msgspec.Struct):
    """An alert that would have been: ``episodes`` are its first and those that reopened it. Not saved."""

    alert: Alert
    episodes: list[Episode]
    began: int
    ended: int | None

    @property
    def told(self) -> Counter[str]:
        """How often something would have been told, by kind."""
        return Counter(event.kind for episode in self.episodes for event in episode.told)


class Side(msgspec.Struct):
    """What one version of the rule did. ``late``: matches that came too late to be judged."""

    alerts: list[Played]
    matched: int
    late: int

    @property
    def notifications(self) -> int:
        return sum(played.told.total() for played in self.alerts)


class Rehearsal(msgspec.Struct):
    """``records`` were stored in that time, ``complete``: and all of them were judged. ``seconds``: how long it took.
    ``running``: the rule as it is; ``draft``: the same where there is no draft."""

    since: datetime
    until: datetime
    records: int
    draft: Side
    running: Side
    complete: bool
    seconds: float

    @property
    def added(self) -> list[Played]:
        return without(self.draft.alerts, self.running.alerts)

    @property
    def removed(self) -> list[Played]:
        return without(self.running.alerts, self.draft.alerts)


def rehearse(
    rule: Rule, draft: Rule | None, since: datetime, until: datetime | None = None, watch: Watch = lambda *_: True
) -> Rehearsal:
    """Both rules are such that ``check`` finds nothing wrong with them."""
    started, now = time.monotonic(), timezone.now()
    versions = [rule] if draft is None else [rule, draft]
    start = warm_up(rule.slug, versions, since)
    numbering = Numbering(rule.slug)
    sides, records, complete = [], 0, True
    for group in together(versions):
        history = History(group[0].signal, [version.spec() for version in group], start, until)
        replays = [Replay(version.spec(), history.delay(version.spec())) for version in group]
        last, done = play(history, replays, watch)
        records, complete = max(records, history.records), complete and done
        for version, replay in zip(group, replays, strict=True):
            episodes = replay.end(clock(replay, until, now, last))
            alerts = [played for played in alerts_of(version, episodes, numbering) if within(played, since)]
            sides.append(Side(alerts, replay.matched, replay.late))
    return Rehearsal(since, until or now, records, sides[-1], sides[0], complete, time.monotonic() - started)


def together(versions: Sequence[Rule]) -> list[list[Rule]]:
    """Versions that judge the same signal go through its records once."""
    if len({version.signal for version in versions}) == 1:
        return [list(versions)]
    return [[version] for version in versions]


def play(history: History, replays: Sequence[Replay], watch: Watch) -> tuple[int, bool]:
    """The last arrival, and whether all was played."""
    done = last = 0
    if not watch(0, history.total):
        return last, False
    for chunk in history:
        for replay in replays:
            replay.take(chunk.records, chunk.behind)
        done, last = done + len(chunk.records), chunk.records[-1].received_at
        if not watch(done, history.total) and done < history.total:
            return last, False
    return last, True


def clock(replay: Replay, until: datetime | None, now: datetime, last: int) -> int:
    """How far the rule's own time has come: where the records end, or where a worker is by now."""
    lateness = replay.rule.lateness if replay.rule.axis == "event" else 0
    reached = nanoseconds(now) - SLACK - lateness
    if until is None:
        return reached
    end = nanoseconds(until)
    return min(reached, max(end, last + 1) if replay.rule.axis == "received" else end)


# --- where to begin -----------------------------------------------------------------------------------------------


def warm_up(slug: str, versions: Iterable[Rule], since: datetime) -> datetime | None:
    """From when on records count for what is judged from ``since`` on; None: from the first."""
    starts = []
    for version in versions:
        rule = ActiveRule(version.spec())
        if rule.type.MEMORY:
            return None
        seconds = 2 * (rule.terms.span + rule.terms.width) / SECOND + version.lateness + version.reopen_within
        starts.append(since - timedelta(seconds=seconds))
    start = min(starts)
    began = [begin for begin in map(beginning, overlapping(slug, since), repeat(since)) if begin is not None]
    return min([start, *(begin - (since - start) for begin in began)])


def overlapping(slug: str, since: datetime) -> QuerySet[Alert]:
    """The alerts that were there at that time, or later."""
    return Alert.objects.filter(Q(cleared_at__gte=since) | ~Q(status="resolved"), rule_slug=slug)


def beginning(alert: Alert, since: datetime) -> datetime | None:
    """When the episode that went on at that time had begun, or a time before that."""
    if alert.first_seen <= since:
        return alert.first_seen
    earlier = alert.transitions.filter(kind="resolved", event_at__lte=since).order_by("-seq")
    return earlier.values_list("event_at", flat=True).first() or min(alert.created_at, since)


def within(played: Played, since: datetime) -> bool:
    return played.ended is None or played.ended >= nanoseconds(since)


# --- episodes as alerts -------------------------------------------------------------------------------------------


def alerts_of(rule: Rule, episodes: Sequence[Episode], numbering: Numbering) -> list[Played]:
    groups: dict[str, list[Episode]] = {}
    for episode in episodes:
        groups.setdefault(episode.fingerprint, []).append(episode)
    active = ActiveRule(rule.spec())
    found = []
    for members in groups.values():
        numbering.renumber(members)
        found += [played(rule, active, parts, numbering) for parts in returning(members)]
    return sorted(found, key=lambda played: (played.began, played.alert.fingerprint))


def returning(episodes: Sequence[Episode]) -> list[list[Episode]]:
    """One group's episodes, those that came back together with the one they came back to."""
    parts: list[list[Episode]] = []
    for episode in episodes:
        if episode.back and parts:
            parts[-1].append(episode)
        else:
            parts.append([episode])
    return parts


def played(rule: Rule, active: ActiveRule, episodes: list[Episode], numbering: Numbering) -> Played:
    first, last = episodes[0], episodes[-1]
    assert last.summary is not None, "whatever opened has been summed up"
    outcome = Outcome(first.fingerprint, active, first.group, [], None)
    opened = Event("opened", first.number)
    alert = lifecycle.new_alert(outcome, opened, None, rule, moment(began(first)))
    alert.id = numbering.alert(first) or alert.id
    lifecycle.show(alert, last.summary)
    alert.episode, alert.severity = last.number, last.severity or rule.severity
    if last.resolved_at is not None:
        alert.status, alert.resolved_at = "resolved", moment(last.resolved_at)
        alert.cleared_at = alert.resolved_at
    return Played(alert, episodes, began(first), last.resolved_at)


def without(alerts: Iterable[Played], others: Iterable[Played]) -> list[Played]:
    """Those for which none of the others was there at the same time for the same group."""
    known: dict[str, list[Played]] = {}
    for other in others:
        known.setdefault(other.alert.fingerprint, []).append(other)
    return [
        played for played in alerts if not any(meet(played, other) for other in known.get(played.alert.fingerprint, ()))
    ]


def meet(one: Played, other: Played) -> bool:
    end = float("inf")
    return one.began <= (other.ended or end) and other.began <= (one.ended or end)


def event(played: Played) -> dict[str, Any]:
    """As the API shows an alert, with what would have been told."""
    return {**alert_event(played.alert), "evidence": played.alert.evidence, "told": dict(played.told)}


def span(played: Played, until: datetime) -> tuple[datetime, datetime]:
    """From when to when it was open."""
    start = moment(played.began)
    return start, until if played.ended is None else moment(played.ended)
