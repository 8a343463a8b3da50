"""A rule played over stored history, and a draft of it beside: which alerts, and what the draft would change.

Nothing is written. Ids are those of the alerts that live judging made, where the same episodes were counted.
"""

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import repeat

import msgspec
from django.db.models import Q, QuerySet
from django.utils import timezone

from alerts.analyse import ActiveRule
from alerts.history import History
from alerts.models import Alert, Rule
from alerts.numbering import Numbering
from alerts.played import Played, Side, alerts_of, without
from alerts.replay import SLACK, Replay
from alerts.rules import config_of
from alerts.rules.frame import SECOND
from search.api.stored import nanoseconds

Watch = Callable[[int, int], bool]  # told how many records of how many are done; False stops


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
    stage = Stage(versions, warm_up(rule.slug, versions, since), until, now)
    complete = stage.play(watch)
    numbering = Numbering(rule.slug)
    sides = []
    for version in versions:
        replay, mark = stage.finish(version)
        alerts = alerts_of(version, replay.end(mark), numbering)
        sides.append(Side([one for one in alerts if within(one, since)], replay.matched, replay.late))
    return Rehearsal(since, until or now, stage.records, sides[-1], sides[0], complete, time.monotonic() - started)


class Stage:
    """The rules that have to be played, each once, and the records of their signals."""

    def __init__(self, versions: list[Rule], start: datetime | None, until: datetime | None, now: datetime) -> None:
        self.until, self.now, self.last = until, now, 0
        self.parts = {id(version): parts_of(version) for version in versions}
        signals: dict[str, dict[int, Rule]] = {}
        for version in versions:
            for part in self.parts[id(version)]:
                signals.setdefault(part.signal, {})[id(part)] = part
        self.acts: list[tuple[History, list[Replay]]] = []
        self.replays: dict[int, Replay] = {}
        for signal, parts in signals.items():
            specs = [part.spec() for part in parts.values()]
            history = History(signal, specs, start, until)
            replays = [Replay(spec, history.delay(spec)) for spec in specs]
            self.acts.append((history, replays))
            self.replays |= dict(zip(parts, replays, strict=True))

    @property
    def records(self) -> int:
        return sum(history.records for history, _ in self.acts)

    def play(self, watch: Watch) -> bool:
        """Whether all was played."""
        done, total = 0, sum(history.total for history, _ in self.acts)
        if not watch(done, total):
            return False
        for history, replays in self.acts:
            for chunk in history:
                for replay in replays:
                    replay.take(chunk.records, chunk.behind)
                done, self.last = done + len(chunk.records), max(self.last, chunk.records[-1].received_at)
                if not watch(done, total) and done < total:
                    return False
        return True

    def finish(self, version: Rule) -> tuple[Replay, int]:
        """The version's replay, and how far its clock has come; a composite rule is played now, by its parts."""
        if version.type != "composite":
            replay = self.replays[id(version)]
            return replay, self.clock(replay)
        composite, marks = Replay(version.spec()), []
        for part in self.parts[id(version)]:
            replay = self.replays[id(part)]
            marks.append(self.clock(replay) - replay.rule.terms.width)
            composite.compose(replay.find(self.clock(replay)))
        return composite, min(marks, default=0)

    def clock(self, replay: Replay) -> int:
        """How far the rule's own time has come: where the records end, or where a worker is by now."""
        lateness = replay.rule.lateness if replay.rule.axis == "event" else 0
        reached = nanoseconds(self.now) - SLACK - lateness
        if self.until is None:
            return reached
        end = nanoseconds(self.until)
        return min(reached, max(end, self.last + 1) if replay.rule.axis == "received" else end)


def parts_of(version: Rule) -> list[Rule]:
    """What goes through the records for it: itself, or the rules that a composite one watches."""
    if version.type != "composite":
        return [version]
    return list(Rule.objects.filter(slug__in=config_of(version.spec()).rules, enabled=True).exclude(type="composite"))


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
