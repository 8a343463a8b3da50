"""When one group of a rule fires, repeats and clears: a function of its records alone, however they were batched.

A crash re-cuts batches, so nothing may be decided per batch. The time line is cut into bucket ends, and each end is
judged in order. Ends up to the watermark are final: no record that still counts can change them. What is decided for
good is decided there. Two things don't wait for the watermark, because more data can't take them back:

- an alert opens as soon as any window fires (the types that are MONOTONE);
- repeats are announced as the count passes fixed steps, once the episode's beginning is final.

What is still open is told again (reminded) after the rule's ``renotify``, then after twice that, and so on; and when
the value judged reaches one of the rule's severity steps (escalated). Both at final ends.

All times are nanoseconds. The caller keeps ``State`` and hands it in again, with new buckets merged.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from alerts.rules.frame import (
    EVIDENCE_LIMIT,
    MEMORY_LIMIT,
    SECOND,
    Bucket,
    Clear,
    Firing,
    RuleSpec,
    RuleType,
    Sample,
    Verdict,
    Window,
)


class State(msgspec.Struct, omit_defaults=True):
    """One group's buckets and where its judgement stands.

    ``final``: ends up to here are judged for good. ``firing``: what the last final verdict left. ``opened``: an alert
    is open, perhaps ahead of the final judgement. ``start``: where the episode's records begin. ``cleared``: the end
    at which the last episode cleared. ``episode`` counts from 1. ``step``: the last announced count. ``folded``: what
    dropped buckets of this episode held. ``since``: where the group's first bucket began. ``memory``: what all dropped
    buckets held, for types that remember. ``idle``: nothing more will happen without a record. ``began``: the end at
    which the episode's first window fired; ``reminded``: how often it was told again; ``level``: how many severity
    steps it has reached. ``counted``: rules that watch this one count it as firing."""

    version: int = 0
    width: int = 0
    buckets: dict[int, Bucket] = msgspec.field(default_factory=dict)
    final: int = 0
    firing: bool = False
    opened: bool = False
    episode: int = 0
    start: int = 0
    cleared: int = 0
    step: int = 0
    folded: Bucket = msgspec.field(default_factory=Bucket)
    evidence: "Evidence | None" = None
    since: int = 0
    memory: Bucket | None = None
    idle: bool = False
    began: int = 0
    reminded: int = 0
    level: int = 0
    counted: bool = False


class Evidence(msgspec.Struct, frozen=True):
    """The window that fired: what was counted, against what, where, and its earliest records."""

    value: float
    threshold: float
    window_start: int
    window_end: int
    samples: list[Sample]
    detail: str = ""


FINDINGS = ("began", "ceased")


class Event(msgspec.Struct, frozen=True):
    """Something to tell: ``kind`` is opened, reopened, repeated, reminded, escalated or resolved; ``count`` is a step,
    which reminder it is, how many severity steps are reached, or the final count; ``at`` is set where it is final
    (resolved). ``severity``: what it rose to. Those that FINDINGS names are for composite rules, not to be told;
    ``sample``: the earliest record that says so."""

    kind: str
    episode: int
    count: int = 0
    at: int | None = None
    summary: "Summary | None" = None
    severity: str = ""
    sample: Sample | None = None


class Summary(msgspec.Struct, frozen=True):
    """What the alert shows of its episode as known now."""

    count: int
    first: int
    last: int
    evidence: Evidence


@dataclass(frozen=True)
class Terms:
    """A rule's type and numbers, worked out once. ``window`` is the part of ``span`` that an episode begins with.
    ``watched``: a composite rule wants to know when it fires."""

    type: RuleType
    config: Any
    width: int
    span: int
    window: int
    base: int
    reopen: int
    renotify: int = 0
    severity_steps: tuple[tuple[float, str], ...] = ()
    watched: bool = False

    @classmethod
    def of(cls, kind: RuleType, config: Any, spec: RuleSpec, watched: bool = False) -> "Terms":
        return cls(
            type=kind,
            config=config,
            width=kind.width(config),
            span=kind.span(config),
            window=getattr(kind, "window", kind.span)(config),
            base=kind.base(config),
            reopen=spec.reopen_within * SECOND,
            renotify=spec.renotify * SECOND,
            severity_steps=spec.severity_steps,
            watched=watched,
        )


def steps(above: int, upto: int) -> Iterator[int]:
    """The counts at which a repeat is announced: 2, 5, 10, 20, 50, 100, …"""
    size = 1
    while size <= upto:
        for step in (size, 2 * size, 5 * size):
            if above < step <= upto:
                yield step
        size *= 10


def merge(state: State, deltas: Mapping[int, Bucket], terms: Terms) -> None:
    """Add a batch's buckets. What belongs to an end that is already final counts from there on: that happens only to
    types that go by arrival, whose records are never late."""
    if deltas:
        earliest = min(deltas)
        state.since = min(state.since, earliest) if state.since else earliest
        state.idle = False
    if terms.type.MEMORY and state.memory is None:
        state.memory = Bucket()
    for start, delta in deltas.items():
        start = max(start, state.final)
        bucket = state.buckets.get(start)
        if bucket is None:
            bucket = state.buckets[start] = Bucket()
        bucket.add(delta)


def refit(state: State, version: int, terms: Terms) -> None:
    """A changed rule goes on with what was counted; where its buckets have another width they are laid out anew."""
    if state.width and state.width != terms.width:
        old, state.buckets = state.buckets, {}
        state.final -= state.final % terms.width
        for start, bucket in old.items():
            state.buckets.setdefault(start - start % terms.width, Bucket()).add(bucket)
    state.version, state.width = version, terms.width


def advance(state: State, terms: Terms, watermark: int) -> tuple[list[Event], Summary | None]:
    """Judge what can be judged now; the events in order, and the open episode's summary if there is one."""
    events: list[Event] = []
    limit = watermark - watermark % terms.width
    find(state, terms, state.cleared, events)  # a person may have resolved it
    quiet = not state.buckets and limit > state.final
    sight = Sight(state, terms)
    for end in ends(state, terms, limit):
        sight = sight.upto(end)
        settle(state, terms, end, sight.judge(end), events)
    state.idle = state.idle or quiet
    state.final = max(state.final, limit)
    until = foresee(state, terms, events) if terms.type.MONOTONE else state.final
    summary = summarize(state, until) if state.opened else None
    # Its beginning is certain once no earlier end can change: then every count is the episode's own.
    if summary and (state.firing or summary.evidence.window_end - terms.width <= state.final):
        announce(state, terms, summary.count, events)
    fold(state, terms)
    return events, summary


def ends(state: State, terms: Terms, limit: int) -> range:
    """The ends to settle: from the last settled one to ``limit``, as far as the buckets can matter."""
    if not state.buckets:
        # nothing is counted, so one look is as good as many
        return range(limit, limit + 1) if state.firing and limit > state.final else range(0)
    first = max(state.final, min(state.buckets)) + terms.width
    last = min(limit, max(state.buckets) + terms.span + terms.width)
    return range(first, last + 1, terms.width)


class Sight:
    """A state's buckets in order, to be judged at rising ends."""

    def __init__(self, state: State, terms: Terms) -> None:
        self.state, self.terms = state, terms
        self.starts = sorted(state.buckets)
        self.buckets = [state.buckets[start] for start in self.starts]

    def upto(self, end: int) -> "Sight":
        """For types that remember: what lies before the window of this end goes into the memory."""
        if self.terms.type.MEMORY and self.starts and self.starts[0] < end - self.terms.span:
            fold(self.state, self.terms, end - self.terms.span)
            return Sight(self.state, self.terms)
        return self

    def judge(self, end: int) -> Verdict:
        low, high = bisect_left(self.starts, end - self.terms.span), bisect_left(self.starts, end)
        window = Window(end, self.starts[low:high], self.buckets[low:high], self.state.since, self.state.memory)
        return self.terms.type.judge(self.terms.config, window, end)


def settle(state: State, terms: Terms, end: int, verdict: Verdict, events: list[Event]) -> None:
    """Take a final verdict into the state."""
    state.final = max(state.final, end)
    if state.firing:
        remind(state, terms, end - terms.width, events)  # those of a silence that was jumped over
    if isinstance(verdict, Firing) and not state.firing:
        state.firing = True
        begin(state, terms, end, verdict, events)
        state.began = end
    elif isinstance(verdict, Clear) and state.firing:
        summary = summarize(state, end)
        announce(state, terms, summary.count, events)
        events.append(Event("resolved", state.episode, summary.count, end, summary))
        forget(state)
        state.cleared = end
    if state.firing:
        escalate(state, terms, verdict, events)
        remind(state, terms, end, events)
    find(state, terms, end, events)


def find(state: State, terms: Terms, at: int, events: list[Event]) -> None:
    if terms.watched and state.firing != state.counted:
        state.counted = state.firing
        sample = next(iter(state.evidence.samples), None) if state.evidence else None
        events.append(Event("began" if state.firing else "ceased", state.episode, at=at, sample=sample))


def escalate(state: State, terms: Terms, verdict: Verdict, events: list[Event]) -> None:
    if isinstance(verdict, Firing):
        reached = sum(verdict.value >= value for value, _ in terms.severity_steps)
        if reached > state.level:
            state.level = reached
            events.append(Event("escalated", state.episode, reached, severity=terms.severity_steps[reached - 1][1]))


def remind(state: State, terms: Terms, end: int, events: list[Event]) -> None:
    while terms.renotify and end >= reminder_at(state, terms):
        state.reminded += 1
        events.append(Event("reminded", state.episode, state.reminded))


def reminder_at(state: State, terms: Terms) -> int:
    """The next end at which an open alert is told again: after 1, 3, 7, … times ``renotify``."""
    return state.began + terms.renotify * ((2 << state.reminded) - 1)


def forget(state: State) -> None:
    """The episode is over."""
    state.firing = state.opened = False
    state.step, state.folded, state.evidence = 0, Bucket(), None
    state.began = state.reminded = state.level = 0


def begin(state: State, terms: Terms, end: int, verdict: Firing, events: list[Event]) -> None:
    """An episode begins with the window that ends at ``end``; open its alert if that wasn't done ahead."""
    state.start = max(end - terms.window, state.cleared)
    samples = sorted(sample for start, bucket in within(state, state.start, end) for sample in bucket.samples)
    state.evidence = Evidence(
        value=verdict.value,
        threshold=verdict.threshold,
        window_start=end - terms.window,
        window_end=end,
        samples=samples[:EVIDENCE_LIMIT],
        detail=verdict.detail,
    )
    if not state.opened:
        back = state.episode > 0 and end - state.cleared <= terms.reopen
        state.opened, state.step = True, terms.base
        state.episode += 1
        events.append(Event("reopened" if back else "opened", state.episode))


def foresee(state: State, terms: Terms, events: list[Event]) -> int:
    """Look past the watermark: open what fires already. Gives the end up to which the open episode's records go."""
    if not state.buckets:
        return state.final
    last = max(state.buckets) + terms.width
    running, sight = state.firing, Sight(state, terms)
    for end in range(max(state.final, min(state.buckets)) + terms.width, last + 1, terms.width):
        verdict = sight.judge(end)
        if isinstance(verdict, Firing) and not running:
            if not state.opened and undecided(state, terms, end):
                return end
            running = True
            begin(state, terms, end, verdict, events)
        elif isinstance(verdict, Clear) and running:
            return end
    return last


def undecided(state: State, terms: Terms, end: int) -> bool:
    """Whether the episode may yet turn out to begin earlier, and so soon after the last one that it is the same
    alert again."""
    return state.episode > 0 and state.final + terms.width <= state.cleared + terms.reopen < end


def within(state: State, start: int, end: int) -> list[tuple[int, Bucket]]:
    return [(at, bucket) for at, bucket in sorted(state.buckets.items()) if start <= at < end]


def summarize(state: State, until: int) -> Summary:
    total = Bucket()
    for part in [state.folded, *(bucket for _, bucket in within(state, state.start, until))]:
        if part.count:
            total.add(part)
    assert state.evidence is not None
    if not total.count:  # what fires is that nothing came
        return Summary(0, state.evidence.window_start, state.evidence.window_end, state.evidence)
    return Summary(total.count, total.first, total.last, state.evidence)


def announce(state: State, terms: Terms, count: int, events: list[Event]) -> None:
    for step in steps(max(state.step, terms.base), count):
        events.append(Event("repeated", state.episode, step))
        state.step = step


def fold(state: State, terms: Terms, horizon: int | None = None) -> None:
    """Drop the buckets that no further window needs; those of the episode stay in its count."""
    if horizon is None:
        horizon = state.final - terms.span
    for start in sorted(start for start in state.buckets if start < horizon):
        bucket = state.buckets.pop(start)
        if state.firing and start >= state.start:
            state.folded.add(bucket)
        if state.memory is not None:
            remember(state.memory, bucket)


def remember(memory: Bucket, bucket: Bucket) -> None:
    memory.add(bucket, MEMORY_LIMIT)
    memory.samples, memory.moments = [], {}


def wake_at(state: State, terms: Terms) -> int | None:
    """The watermark at which something happens without a further record; None if nothing will."""
    if state.idle:
        return reminder_at(state, terms) if state.firing and terms.renotify else None
    if state.firing or state.opened or (state.buckets and not terms.type.MONOTONE):
        return state.final + terms.width
    if state.buckets:
        last = max(state.buckets) + terms.width
        return state.cleared + terms.reopen if undecided(state, terms, last) else last + terms.span
    return None


def disarm(state: State, now: int) -> None:
    """A person resolved the alert: what was counted so far is done with. What is known stays known."""
    if state.memory is not None:
        for bucket in state.buckets.values():
            remember(state.memory, bucket)
    state.buckets.clear()
    forget(state)
    state.cleared = max(now, state.cleared)
