"""What a rule would have done: records in the order of their arrival go in, its episodes come out. Nothing is written.

The same observe, judge and episodes as the worker's, over one rule, so what this says is what the rule does. Buckets
wait until no record can add to them any more, and are then judged together: that is as good as batch by batch, because
alerts don't depend on how records were batched.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from alerts.analyse import ActiveRule, Analyser, Observed
from alerts.episodes import FINDINGS, Event, State, Summary, Terms, advance, merge
from alerts.rules.composite import Finding
from alerts.rules.frame import SECOND, Bucket, RuleSpec
from telemetry.records import Record

WAITING_LIMIT = 50_000  # buckets that wait before some of them are judged
TOGETHER = 50  # buckets of a group that are judged together: the cost of each grows with their number
# After this long without a message a worker lets a partition's clock go on, and stays this much behind its own clock.
SILENCE, SLACK = 4 * SECOND, 2 * SECOND


class Episode(msgspec.Struct):
    """One time that a group fired. ``back``: so soon after the last time that it is the same alert again.
    ``resolved_at``: nanoseconds, None while it goes on."""

    fingerprint: str
    group: dict[str, Any]
    number: int
    back: bool
    told: list[Event]
    summary: Summary | None = None
    resolved_at: int | None = None

    @property
    def severity(self) -> str:
        """What it rose to; empty if it didn't."""
        return next((event.severity for event in reversed(self.told) if event.severity), "")


class Group(msgspec.Struct):
    """One group's judgement so far, and the buckets that are still to be judged."""

    fingerprint: str
    group: dict[str, Any]
    state: State
    waiting: dict[int, Bucket]
    episodes: list[Episode]
    found: list[Event] = msgspec.field(default_factory=list)

    def add(self, deltas: Mapping[int, Bucket]) -> int:
        """How many buckets more now wait."""
        before = len(self.waiting)
        for start, delta in deltas.items():
            if start in self.waiting:
                self.waiting[start].add(delta)
            else:
                self.waiting[start] = delta
        return len(self.waiting) - before

    def settle(self, deltas: Mapping[int, Bucket], terms: Terms, mark: int) -> None:
        """Judge up to ``mark``. Stretches of silence are jumped over, so that the cost is that of the records."""
        stretches = apart(deltas, 2 * (terms.span + terms.width)) or [{}]
        for stretch, following in zip(stretches, [*stretches[1:], None], strict=True):
            merge(self.state, stretch, terms)
            self.note(*advance(self.state, terms, min(following) if following else mark))

    def note(self, events: Iterable[Event], summary: Summary | None) -> None:
        for event in events:
            if event.kind in FINDINGS:
                self.found.append(event)
                continue
            if event.kind in ("opened", "reopened"):
                back = event.kind == "reopened"
                self.episodes.append(Episode(self.fingerprint, self.group, event.episode, back, []))
            self.episodes[-1].told.append(event)
            if event.kind == "resolved":
                self.episodes[-1].summary, self.episodes[-1].resolved_at = event.summary, event.at
        if summary is not None:
            self.episodes[-1].summary = summary


class Replay:
    """One rule at work. ``delay``: nanoseconds that a record may come after its own time and still be judged."""

    def __init__(self, spec: RuleSpec, delay: int | None = None) -> None:
        self.analyser = Analyser([spec])
        self.rule = ActiveRule(spec, watched=spec.type != "composite")
        self.delay = 0 if self.rule.axis == "received" else self.rule.lateness if delay is None else delay
        self.groups: dict[str, Group] = {}
        self.matched = self.late = self.waiting = 0

    def take(self, records: Sequence[Record], behind: Sequence[int] | None = None) -> None:
        """Records that arrived no earlier than those before; ``behind`` as in analyse.py."""
        observed, late = self.analyser.observe(self.rule.spec.signal, records, behind)
        self.late += sum(late.values())
        self.add(observed)
        if self.waiting > WAITING_LIMIT:
            self.settle(records[-1].received_at - self.delay)

    def compose(self, findings: Sequence[Finding]) -> None:
        """For a composite rule: what the replays of its rules have found."""
        self.add(self.analyser.compose(findings))

    def find(self, mark: int) -> list[Finding]:
        """When its groups began and ceased to fire, with the rule's clock at ``mark``."""
        self.end(mark)
        slug = self.rule.spec.slug
        return [
            Finding(event.at or 0, slug, group.group, event.kind == "began", event.sample)
            for group in self.groups.values()
            for event in group.found
        ]

    def add(self, observed: Mapping[str, Observed]) -> None:
        for name, seen in observed.items():
            if name not in self.groups:
                state = State(width=self.rule.terms.width)
                self.groups[name] = Group(name, seen.group, state, {}, [])
            self.matched += sum(delta.count for delta in seen.deltas.values())
            self.waiting += self.groups[name].add(seen.deltas)

    def settle(self, mark: int) -> None:
        """Judge what no record can change that is still to come."""
        terms, self.waiting = self.rule.terms, 0
        for group in self.groups.values():
            ready = {start: group.waiting.pop(start) for start in list(group.waiting) if start + terms.width <= mark}
            if ready:
                group.settle(ready, terms, mark)
            self.waiting += len(group.waiting)

    def end(self, mark: int) -> list[Episode]:
        """All episodes in order, with the rule's clock at ``mark``."""
        for group in self.groups.values():
            group.settle(group.waiting, self.rule.terms, mark)
            group.waiting = {}
        episodes = [episode for group in self.groups.values() for episode in group.episodes]
        return sorted(episodes, key=lambda episode: (began(episode), episode.fingerprint))


def began(episode: Episode) -> int:
    """The end of the window that fired."""
    return episode.summary.evidence.window_end if episode.summary else 0


def apart(deltas: Mapping[int, Bucket], gap: int) -> list[dict[int, Bucket]]:
    """The buckets in order, cut where nothing came for longer than ``gap``, and often enough to be judged quickly."""
    stretches: list[dict[int, Bucket]] = []
    last = None
    for start in sorted(deltas):
        if last is None or start - last > gap or len(stretches[-1]) == TOGETHER:
            stretches.append({})
        stretches[-1][start] = deltas[start]
        last = start
    return stretches


class Lateness:
    """How far each record was behind what its partition had seen before it, as the worker's clocks had it."""

    def __init__(self) -> None:
        self.highs: dict[str, int] = {}
        self.arrivals: dict[str, int] = {}

    def behind(self, place: str, happened: int, arrived: int) -> int:
        """Of a record of the partition ``place``; to be called in the order of arrival."""
        high = self.highs.get(place, 0)
        if high and arrived - self.arrivals[place] > SILENCE:
            high = max(high, arrived - SLACK)
        self.arrivals[place] = arrived
        self.highs[place] = max(high, happened)
        return max(high - happened, 0)
