"""Records -> matches -> window deltas: what a batch adds to every rule's groups.

Pure. Judging the deltas together with what earlier batches counted is alerts/episodes, and alerts follow in
alerts/lifecycle.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from alerts.episodes import Terms
from alerts.index import RuleIndex
from alerts.rules import RuleSpec, config_of, query_of, type_of
from alerts.rules.composite import Finding
from alerts.rules.frame import SECOND, Axis, Delta
from alerts.rules.values import reader
from query import parse
from telemetry.records import Record


class ActiveRule:
    """A rule made ready: its typed config, its numbers and the readers of its group."""

    def __init__(self, spec: RuleSpec, watched: bool = False) -> None:
        self.spec = spec
        self.config = config_of(spec)
        self.type = type_of(spec)
        self.terms = Terms.of(self.type, self.config, spec, watched)
        self.lateness = spec.lateness * SECOND
        self.readers = [reader(name) for name in spec.group_by]

    @property
    def axis(self) -> Axis:
        return self.type.AXIS

    def grouped(self, records: Iterable[Record]) -> dict[tuple[Any, ...], list[Record]]:
        groups: dict[tuple[Any, ...], list[Record]] = {}
        for record in records:
            groups.setdefault(tuple([read(record) for read in self.readers]), []).append(record)
        return groups


class Observed(msgspec.Struct):
    """What a batch adds to one rule's group."""

    rule: ActiveRule
    group: dict[str, Any]
    deltas: dict[int, Delta]


class Analyser:
    """All active rules of all signals, indexed. Made anew when a rule changes, never changed."""

    def __init__(self, specs: Sequence[RuleSpec]) -> None:
        watched = {slug for spec in specs if spec.type == "composite" for slug in config_of(spec).rules}
        self.rules = {spec.slug: ActiveRule(spec, spec.slug in watched) for spec in specs}
        self.composites = [rule for rule in self.rules.values() if rule.spec.type == "composite"]
        self.by_signal: dict[str, list[ActiveRule]] = {}
        for rule in self.rules.values():
            if rule.spec.type == "composite":
                continue
            self.by_signal.setdefault(rule.spec.signal, []).append(rule)
        self.indexes = {
            signal: RuleIndex([parse(query_of(rule.spec), signal) for rule in rules], signal)
            for signal, rules in self.by_signal.items()
        }

    def observe(
        self, signal: str, records: Sequence[Record], behind: Sequence[int] | None = None
    ) -> tuple[dict[str, Observed], dict[str, int]]:
        """What these records add, by fingerprint, and how many came too late to be judged, by rule.

        ``behind[i]``: nanoseconds that record i is behind the latest event time its partition had seen before it."""
        observed: dict[str, Observed] = {}
        late: dict[str, int] = {}
        if signal not in self.indexes or not records:
            return observed, late
        rules = self.by_signal[signal]
        worst = max(behind) if behind else 0
        for number, positions in self.indexes[signal].matches(records).items():
            rule = rules[number]
            if rule.axis == "event" and behind and worst > rule.lateness:
                kept = [position for position in positions if behind[position] <= rule.lateness]
                if len(kept) < len(positions):
                    late[rule.spec.slug] = len(positions) - len(kept)
                    positions = kept
            for values, members in rule.grouped([records[position] for position in positions]).items():
                group = dict(zip(rule.spec.group_by, values, strict=True))
                deltas = dict(rule.type.observe(rule.config, members))
                observed[fingerprint(rule.spec.slug, group)] = Observed(rule, group, deltas)
        return observed, late

    def compose(self, findings: Sequence[Finding]) -> dict[str, Observed]:
        """What these findings add to the composite rules that watch for them, by fingerprint."""
        observed: dict[str, Observed] = {}
        for rule in self.composites:
            groups: dict[tuple[Any, ...], list[Finding]] = {}
            for finding in findings:
                if finding.rule in rule.config.rules:
                    values = tuple(finding.group.get(name) for name in rule.spec.group_by)
                    groups.setdefault(values, []).append(finding)
            for values, members in groups.items():
                group = dict(zip(rule.spec.group_by, values, strict=True))
                deltas = dict(rule.type.observe(rule.config, members))
                observed[fingerprint(rule.spec.slug, group)] = Observed(rule, group, deltas)
        return observed


def fingerprint(slug: str, group: dict[str, Any]) -> str:
    """Names a rule's group; the alert's identity."""
    return _fingerprint(slug, msgspec.json.encode(group, order="deterministic"))


@lru_cache(maxsize=65536)
def _fingerprint(slug: str, group: bytes) -> str:
    return hashlib.sha256(slug.encode() + b"\0" + group).hexdigest()
