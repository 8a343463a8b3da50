"""The rule types: one visible list, one file each."""

from collections.abc import Sequence
from itertools import pairwise
from types import ModuleType
from typing import Any, cast

import msgspec

from alerts.rules import (
    cardinality,
    change,
    composite,
    flatline,
    frequency,
    latency,
    match,
    metric,
    new_pattern,
    new_value,
    percentage,
    sequence,
    span_error_rate,
    spike,
)
from alerts.rules.frame import RuleSpec, RuleType
from alerts.rules.values import known
from query import QueryError, matcher, parse
from query.ast import fields

__all__ = ["RULE_TYPES", "RuleSpec", "check", "config_of", "config_schema", "query_of", "reads_of", "type_of"]

SEVERITIES = ("info", "warn", "error")  # rising

RULE_TYPES: dict[str, ModuleType] = {
    "match": match,
    "frequency": frequency,
    "spike": spike,
    "flatline": flatline,
    "change": change,
    "new_value": new_value,
    "new_pattern": new_pattern,
    "cardinality": cardinality,
    "percentage": percentage,
    "metric": metric,
    "latency": latency,
    "span_error_rate": span_error_rate,
    "sequence": sequence,
    "composite": composite,
}


def type_of(spec: RuleSpec) -> RuleType:
    return cast(RuleType, RULE_TYPES[spec.type])


def config_of(spec: RuleSpec) -> Any:
    """The typed config; raises msgspec.ValidationError that names the key."""
    return msgspec.convert(spec.config, type_of(spec).Config)


def config_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of a type's config, with the descriptions that its form shows."""
    _, definitions = msgspec.json.schema_components([RULE_TYPES[kind].Config])
    (schema,) = definitions.values()
    return {name: value for name, value in schema.items() if name != "description"}


def query_of(spec: RuleSpec) -> str:
    """Which records the type wants to see."""
    narrow = getattr(RULE_TYPES[spec.type], "narrow", None)
    return str(narrow(config_of(spec), spec.query)) if narrow else spec.query


def reads_of(spec: RuleSpec) -> set[str] | None:
    """The fields that the rule reads of a record, besides its id, its trace and its times; None: all of them."""
    reads = getattr(RULE_TYPES[spec.type], "reads", None)
    if reads is None:
        return None
    asked = fields(parse(query_of(spec), spec.signal))
    return {*asked, *spec.group_by, *reads(config_of(spec), spec.signal)}


def check(spec: RuleSpec) -> dict[str, str]:
    """What is wrong with a rule, by field, in plain words; empty if nothing is."""
    errors: dict[str, str] = {}
    try:
        matcher(spec.query, spec.signal)
    except QueryError as error:
        errors["query"] = str(error)
    if spec.type not in RULE_TYPES:
        errors["type"] = f"unknown type {spec.type!r}; known: {', '.join(RULE_TYPES)}"
    elif spec.signal not in type_of(spec).SIGNALS:
        errors["type"] = f"{spec.type} judges {' and '.join(type_of(spec).SIGNALS)}, not {spec.signal}"
    elif wrong := wrong_config(spec):
        errors["config"] = wrong
    if unknown := [name for name in spec.group_by if not known(name, spec.signal)]:
        errors["group_by"] = f"unknown field {unknown[0]!r}"
    if wrong := wrong_steps(spec.severity_steps):
        errors["severity_steps"] = wrong
    return errors


def wrong_config(spec: RuleSpec) -> str:
    try:
        config = config_of(spec)
    except msgspec.ValidationError as error:
        return str(error)
    wrong = getattr(RULE_TYPES[spec.type], "wrong", None)
    found: dict[str, str] = wrong(config, spec.signal) if wrong else {}
    return "; ".join(f"{message} - at `$.{key}`" for key, message in found.items())


def wrong_steps(steps: Sequence[tuple[float, str]]) -> str:
    if unknown := [severity for _, severity in steps if severity not in SEVERITIES]:
        return f"unknown severity {unknown[0]!r}; known: {', '.join(SEVERITIES)}"
    rising = all(a[0] < b[0] for a, b in pairwise(steps))
    return "" if rising else "the values must rise"
