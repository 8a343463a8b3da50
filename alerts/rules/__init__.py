"""The rule types: one visible list, one file each."""

from types import ModuleType
from typing import Any, cast

import msgspec

from alerts.rules import frequency, match
from alerts.rules.frame import RuleSpec, RuleType
from query import QueryError, matcher
from query.fields import SCHEMAS

__all__ = ["RULE_TYPES", "RuleSpec", "check", "config_of", "type_of"]

RULE_TYPES: dict[str, ModuleType] = {
    "match": match,
    "frequency": frequency,
}


def type_of(spec: RuleSpec) -> RuleType:
    return cast(RuleType, RULE_TYPES[spec.type])


def config_of(spec: RuleSpec) -> Any:
    """The typed config; raises msgspec.ValidationError that names the key."""
    return msgspec.convert(spec.config, type_of(spec).Config)


def check(spec: RuleSpec) -> dict[str, str]:
    """What is wrong with a rule, by field, in plain words; empty if nothing is."""
    errors: dict[str, str] = {}
    try:
        matcher(spec.query, spec.signal)
    except QueryError as error:
        errors["query"] = str(error)
    if spec.type not in RULE_TYPES:
        errors["type"] = f"unknown type {spec.type!r}; known: {', '.join(RULE_TYPES)}"
    else:
        try:
            config_of(spec)
        except msgspec.ValidationError as error:
            errors["config"] = str(error)
    if wrong := [name for name in spec.group_by if not known(name, spec.signal)]:
        errors["group_by"] = f"unknown field {wrong[0]!r}"
    return errors


def known(name: str, signal: str) -> bool:
    return name in SCHEMAS[signal] or name.startswith("attrs.")
