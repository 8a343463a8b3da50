"""Why an alert fired, and why a record did or didn't match: answered from what is stored, by the code that judged."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from django.db.models import Max

from alerts.analyse import ActiveRule, Analyser, fingerprint
from alerts.deliveries import deliveries
from alerts.event import alert_event, iso
from alerts.models import Alert, Counter, Rule, RuleVersion
from alerts.rules import RuleSpec, check, config_of, query_of, type_of
from alerts.rules.frame import SECOND
from query import parse
from query.explain import Explained, explain
from search.api.stored import MODELS, record
from search.models import Stored
from telemetry.records import Record


class Position(msgspec.Struct):
    """Where a record came in."""

    topic: str
    partition: int
    offset: int
    index: int


def position(name: str) -> Position | None:
    parts = name.rsplit("-", 3)
    if len(parts) < 4 or not all(part.isdecimal() for part in parts[1:]):
        return None
    return Position(parts[0], *map(int, parts[1:]))


# --- an alert -----------------------------------------------------------------------------------------------------


def why_alert(alert: Alert) -> dict[str, Any]:
    """The rule as it was, what was counted against what, the clauses that each kept evidence record met, who quieted
    the alert and who was told."""
    version = RuleVersion.objects.filter(rule__slug=alert.rule_slug, version=alert.rule_version).first()
    spec = msgspec.convert(version.spec, RuleSpec) if version else None
    judged = spec if spec and not check(spec) else None
    return {
        "alert": str(alert.id),
        "rule": alert.rule_slug,
        "rule_version": alert.rule_version,
        "type": spec.type if spec else None,
        "signal": spec.signal if spec else None,
        "query": spec.query if spec else None,
        "sentence": type_of(judged).sentence(config_of(judged), judged.query, judged.group_by) if judged else "",
        "group": alert.group,
        "window": window(alert),
        "evidence": list(evidence(alert, judged)),
        "muted_by": alert_event(alert)["muted_by"],
        "deliveries": deliveries(alert),
    }


def window(alert: Alert) -> dict[str, Any]:
    found = alert.evidence
    return {
        "value": found.get("value"),
        "threshold": found.get("threshold"),
        "start": found.get("window_start"),
        "end": found.get("window_end"),
        "detail": found.get("detail", ""),
    }


def evidence(alert: Alert, spec: RuleSpec | None) -> Iterator[dict[str, Any]]:
    """The records by which it fired; of one that is no longer kept, or of a rule that can't be read any more, there is
    only the position."""
    kept = {row.pk: row for row in kept_rows(alert.related_logs, spec)}
    for name in alert.related_logs:
        row = kept.get(name)
        explained = explained_row(row, spec) if row is not None and spec and spec.signal in MODELS else None
        yield {
            "id": name,
            "position": msgspec.to_builtins(position(name)),
            "kept": row is not None,
            "timestamp": iso(row.timestamp) if row else None,
            "service": row.service if row else None,
            "text": text_of(row) if row else None,
            "met": explained.met if explained else None,
            "clauses": clauses(explained.deciding()) if explained else [],
        }


def kept_rows(names: Iterable[str], spec: RuleSpec | None) -> Iterator[Stored]:
    """A composite rule's evidence is of any signal."""
    signals = [spec.signal] if spec and spec.signal in MODELS else list(MODELS)
    for signal in signals:
        yield from MODELS[signal].objects.filter(pk__in=list(names))  # type: ignore[attr-defined]


def explained_row(row: Stored, spec: RuleSpec) -> Explained:
    return explain(parse(query_of(spec), spec.signal), record(row), spec.signal)


def text_of(row: Any) -> str:
    return str(getattr(row, "message", "") or getattr(row, "name", ""))


def clauses(parts: Iterable[Explained]) -> list[dict[str, Any]]:
    return [{"clause": part.text, "met": part.met} for part in parts]


# --- a record -----------------------------------------------------------------------------------------------------


def why_record(row: Stored, signal: str) -> dict[str, Any]:
    """Every rule that looked at the record: those it matched, and of the others the clauses that failed."""
    analyser, found = active(), record(row)
    rules = analyser.by_signal.get(signal, [])
    numbers = analyser.indexes[signal].candidates(found) if rules else []
    candidates = [looked(rules[number], found) for number in numbers]
    for one in candidates:
        one["alert"] = alert_of(fingerprint(one["rule"], one["group"]), found) if one["matched"] else None
    return {
        "id": row.pk,
        "signal": signal,
        "position": msgspec.to_builtins(position(row.pk)),
        "rules": len(rules),
        "candidates": sorted(candidates, key=lambda one: (not one["matched"], one["rule"])),
    }


def looked(rule: ActiveRule, found: Record) -> dict[str, Any]:
    """What one rule saw in the record. Pure."""
    spec = rule.spec
    explained = explain(parse(query_of(spec), spec.signal), found, spec.signal)
    [values] = rule.grouped([found])
    late = rule.axis == "event" and found.received_at - found.timestamp > rule.lateness
    return {
        "rule": spec.slug,
        "rule_version": spec.version,
        "type": spec.type,
        "query": query_of(spec),
        "matched": explained.met,
        "clauses": clauses(explained.clauses()),
        "failed": [] if explained.met else [part.text for part in explained.deciding()],
        "group": dict(zip(spec.group_by, values, strict=True)) if explained.met else None,
        "late": explained.met and late,
    }


def alert_of(name: str, found: Record) -> str | None:
    """The alert of the group that was there at the record's time."""
    for alert in Alert.objects.filter(fingerprint=name).order_by("-episode")[:50]:
        first, last = alert.first_seen.timestamp(), alert.last_seen.timestamp()
        if first - 0.001 <= found.timestamp / SECOND <= last + 0.001:
            return str(alert.id)
    return None


_active: tuple[Any, Analyser] = (None, Analyser([]))


def active() -> Analyser:
    """The enabled rules, made ready again only when one has changed."""
    global _active
    state = (Counter.current("rules"), Rule.objects.aggregate(last=Max("updated_at"))["last"])
    if state != _active[0]:
        specs = [rule.spec() for rule in Rule.objects.filter(enabled=True)]
        _active = (state, Analyser([spec for spec in specs if not check(spec)]))
    return _active[1]
