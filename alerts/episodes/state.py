"""What is kept of one group's judgement, the rule's terms, and the words for what came of it."""

from dataclasses import dataclass
from typing import Any

import msgspec

from alerts.rules.frame import SECOND, Bucket, RuleSpec, RuleType, Sample


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
