"""composite: other rules fire together, per group.

What it judges are findings, not records: that one of its rules began or ceased to fire for one of its groups, at the
end of the window in which that became certain. A rule counts while any of its groups does, and for ``window`` seconds
after. The groups of the rules meet in ``group_by``; one that has no such field is in the group of those that have none.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from alerts.rules import tenths
from alerts.rules.frame import Axis, Bucket, Clear, Delta, Firing, Verdict, Window, nice, per
from alerts.rules.limits import Seconds
from alerts.rules.values import shortened

AXIS: Axis = "event"
MONOTONE = False
MEMORY = True
SIGNALS = ("alerts",)
width, span = tenths.width, tenths.span


class Finding(msgspec.Struct, frozen=True):
    """A rule began (or ceased) to fire for a group, at this time; with the earliest record that says so."""

    timestamp: int
    rule: str
    group: dict[str, Any]
    firing: bool
    sample: tuple[int, str, str | None] | None = None


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``rules``: slugs. ``at_least``: how many of them must fire, all if left out. ``window`` in seconds."""

    rules: Annotated[list[str], msgspec.Meta(min_length=2, max_length=50, description="The slugs of the rules.")]
    window: Seconds = 300
    at_least: Annotated[int, msgspec.Meta(ge=1, description="How many of them; empty: all.")] | None = None

    def __post_init__(self) -> None:
        if len(set(self.rules)) < len(self.rules):
            raise ValueError("rules must not name one twice")
        if self.at_least is not None and self.at_least > len(self.rules):
            raise ValueError("at_least must not be more than there are rules")


def needed(config: Config) -> int:
    return config.at_least or len(config.rules)


def base(config: Config) -> int:
    return needed(config)


def observe(config: Config, findings: Sequence[Finding]) -> Mapping[int, Delta]:
    """Under a rule's slug, how many more of its groups fire; under ``began:slug``, how many began to."""
    deltas: dict[int, Delta] = {}
    for finding in findings:
        bucket = deltas.setdefault(finding.timestamp - finding.timestamp % width(config), Bucket())
        one = Bucket(numbers={finding.rule: 1 if finding.firing else -1})
        if finding.firing:
            one = Bucket(
                count=1,
                first=finding.timestamp,
                last=finding.timestamp,
                samples=[finding.sample] if finding.sample else [],
                numbers={finding.rule: 1, f"began:{finding.rule}": 1},
            )
        bucket.add(one)
    return deltas


def judge(config: Config, window: Window, now: int) -> Verdict:
    earlier = window.before.numbers if window.before else {}
    firing = [
        rule
        for rule in config.rules
        if earlier.get(rule, 0) > 0 or any(bucket.numbers.get(f"began:{rule}") for bucket in window.buckets)
    ]
    if len(firing) >= needed(config):
        return Firing(len(firing), needed(config), shortened(firing))
    return Clear()


def sentence(config: Config, query: str, group_by: Sequence[str]) -> str:
    how = "all" if config.at_least is None else f"at least {config.at_least}"
    return f"when {how} of {', '.join(config.rules)} fire{per(group_by)} within {nice(config.window)}"
