"""Sigma's documents -> rules as in our file of rules, or for each the reason why not."""

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from alerts.sigma import mapping as mappings
from alerts.sigma.condition import condition
from alerts.sigma.correlation import correlation, texts
from alerts.sigma.refused import Refused
from alerts.sigma.selections import selection
from alerts.sigma.values import both, either

SEVERITIES = {"informational": "info", "low": "info", "medium": "warn", "high": "error", "critical": "error"}
# kept as they are, for people; what isn't here and isn't read below is Sigma's own bookkeeping
KEPT = (
    *("id", "title", "name", "status", "description", "author", "references", "tags", "level", "date", "modified"),
    *("license", "falsepositives", "related", "logsource", "fields", "scope"),
)
DEAD = ("deprecated", "unsupported")


class Converted(msgspec.Struct):
    """``entry``: the rule as in a file of rules; without it ``reason`` says why. ``notes``: what to know of it."""

    title: str
    entry: dict[str, Any] | None = None
    reason: str = ""
    notes: list[str] = []


def converted(found: Sequence[dict[str, Any]], mapping: mappings.Mapping) -> Iterator[Converted]:
    """Rules that a correlation counts are not rules of their own, unless it says ``generate``."""
    named = {name: rule for rule in found for name in names(rule)}
    counted = {id(named[name]) for rule in found for name in swallowed(rule) if name in named}
    for rule in found:
        if id(rule) not in counted:
            yield one(rule, named, mapping)


def names(rule: dict[str, Any]) -> list[str]:
    return [str(rule[key]) for key in ("name", "id") if rule.get(key)]


def swallowed(rule: dict[str, Any]) -> list[str]:
    inner = rule.get("correlation")
    if not isinstance(inner, dict) or inner.get("generate") is True:
        return []
    found = inner.get("rules", [])
    return [str(name) for name in (found if isinstance(found, list) else [found])]


def one(rule: dict[str, Any], named: Mapping[str, dict[str, Any]], mapping: mappings.Mapping) -> Converted:
    title = str(rule.get("title") or rule.get("id") or rule.get("name") or "without a title")
    notes: list[str] = []
    try:
        return Converted(title, entry(rule, named, mapping, notes), notes=list(dict.fromkeys(notes)))
    except Refused as error:
        return Converted(title, reason=str(error))


def entry(
    rule: dict[str, Any], named: Mapping[str, dict[str, Any]], mapping: mappings.Mapping, notes: list[str]
) -> dict[str, Any]:
    if not isinstance(title := rule.get("title"), str) or not title.strip():
        raise Refused("title", "a rule needs a title")
    if rule.get("status") in DEAD:
        raise Refused("status", f"the rule is {rule['status']}")
    level = rule.get("level", "medium")
    if level not in SEVERITIES:
        raise Refused("level", f"unknown level {level!r}; known: {', '.join(SEVERITIES)}")
    return {
        "slug": slug(rule),
        "name": title.strip()[:200],
        "severity": SEVERITIES[level],
        **judged(rule, named, mapping, notes),
        "origin": {"format": "sigma", **{key: plain(rule[key]) for key in KEPT if rule.get(key)}},
    }


def judged(
    rule: dict[str, Any], named: Mapping[str, dict[str, Any]], mapping: mappings.Mapping, notes: list[str]
) -> dict[str, Any]:
    inner = rule.get("correlation")
    if inner is None:
        return {"query": detected(rule, mapping, notes), "group_by": ["service"]}
    if not isinstance(inner, dict):
        raise Refused("correlation", "must be a map")
    queries = {}
    for name in texts(inner, "rules"):
        if name not in named:
            raise Refused("correlation.rules", f"there is no rule {name!r} beside it")
        if "correlation" in named[name]:
            raise Refused("correlation.rules", f"{name!r} is a correlation; one of correlations can't be expressed")
        try:
            queries[name] = detected(named[name], mapping, notes)
        except Refused as error:
            raise Refused(f"correlation.rules: {name}: {error.place}", error.reason) from error
    if not queries:
        raise Refused("correlation.rules", "must name at least one rule")
    return msgspec.to_builtins(correlation(inner, queries, mapping))  # type: ignore[no-any-return]


def detected(rule: dict[str, Any], mapping: mappings.Mapping, notes: list[str]) -> str:
    """The query of a rule: its condition over its selections, among the records of its logsource."""
    detection = rule.get("detection")
    if not isinstance(detection, dict):
        raise Refused("detection", "a rule needs one")
    if "timeframe" in detection:
        raise Refused("detection.timeframe", "only aggregation in a condition used it; write a correlation")
    conditions = detection.get("condition")
    conditions = conditions if isinstance(conditions, list) else [conditions]
    if not conditions or not all(isinstance(text, str) and text.strip() for text in conditions):
        raise Refused("detection.condition", "a rule needs one")
    selections = {
        str(name): selection(inner, mapping, f"detection.{name}")
        for name, inner in detection.items()
        if name != "condition"
    }
    found = either([condition(text, selections) for text in conditions])
    source = mapping.source(logsource(rule, notes))
    if source is None:
        notes.append(f"its logsource ({told(rule)}) is not mapped: the rule looks at every log")
    return both([found, f"({source})"]) if source else found


def logsource(rule: dict[str, Any], notes: list[str]) -> dict[str, str]:
    found = rule.get("logsource")
    if not isinstance(found, dict) or not found:
        raise Refused("logsource", "a rule needs one")
    if "definition" in found:
        notes.append(f"its logsource needs: {str(found['definition']).strip()}")
    return {name: str(value) for name, value in found.items()}


def told(rule: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in rule["logsource"].items() if name != "definition")


def slug(rule: dict[str, Any]) -> str:
    """Readable, and the rule's own by its id."""
    words = re.sub(r"[^a-z0-9]+", "-", rule["title"].lower()).strip("-")[:80].strip("-")
    return "-".join(part for part in ("sigma", words, re.sub(r"\W", "", str(rule.get("id", "")))[:8]) if part)


def plain(value: Any) -> Any:
    """As JSON has it: YAML makes dates of what looks like one."""
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime.date) else value
