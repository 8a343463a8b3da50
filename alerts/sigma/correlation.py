"""A correlation -> the type and config of a rule of ours.

``event_count`` is a frequency, ``value_count`` a cardinality, ``temporal_ordered`` of two rules a sequence.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from alerts.sigma import mapping as mappings
from alerts.sigma.refused import Refused
from alerts.sigma.values import either

TIMESPAN = re.compile(r"([1-9][0-9]{0,6})([smhd])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
KNOWN = {"type", "rules", "group-by", "timespan", "condition", "generate"}
CANT = {
    "temporal": "no rule type asks whether several happen in any order; temporal_ordered of two rules can be expressed",
    "value_sum": "no rule type sums a field of logs",
    "value_avg": "no rule type averages a field of logs",
    "value_percentile": "no rule type has percentiles of a field of logs",
    "value_median": "no rule type has percentiles of a field of logs",
}


class Judged(msgspec.Struct, frozen=True):
    """How the records are judged: fields of a rule."""

    type: str
    query: str
    config: dict[str, Any]
    group_by: list[str]


def correlation(found: Any, queries: Mapping[str, str], mapping: mappings.Mapping) -> Judged:
    """``queries``: the query of each rule that the correlation names, in its order."""
    if unknown := set(found) - KNOWN:
        raise Refused(f"correlation.{min(unknown)}", "can't be expressed")
    kind = found.get("type")
    if kind in CANT:
        raise Refused("correlation.type", f"{kind}: {CANT[kind]}")
    if kind not in KINDS:
        raise Refused("correlation.type", f"unknown type {kind!r}; known: {', '.join(KINDS)}")
    window = timespan(found.get("timespan"))
    group_by = [mapping.field(name, "correlation.group-by").name for name in texts(found, "group-by")]
    return KINDS[kind](found, list(queries.values()), window, group_by, mapping)


def event_count(found: Any, queries: list[str], window: int, group_by: list[str], mapping: mappings.Mapping) -> Judged:
    operator, number = comparison(found)
    if operator not in ("gt", "gte"):
        raise Refused(f"correlation.condition.{operator}", "a count of events can only be judged by gt and gte")
    config = {"threshold": number + (operator == "gt"), "window": window}
    return Judged("frequency", either(queries), config, group_by)


def value_count(found: Any, queries: list[str], window: int, group_by: list[str], mapping: mappings.Mapping) -> Judged:
    operator, number = comparison(found)
    names = found["condition"].get("field")
    if not isinstance(names, str):
        raise Refused("correlation.condition.field", "must name one field")
    limits = {
        "gt": ("over", number),
        "gte": ("over", number - 1),
        "lt": ("below", number),
        "lte": ("below", number + 1),
    }
    if operator not in limits:
        raise Refused(f"correlation.condition.{operator}", "a count of values can be judged by gt, gte, lt and lte")
    side, limit = limits[operator]
    field = mapping.field(names, "correlation.condition.field").name
    return Judged("cardinality", either(queries), {"field": field, side: limit, "window": window}, group_by)


def temporal_ordered(
    found: Any, queries: list[str], window: int, group_by: list[str], mapping: mappings.Mapping
) -> Judged:
    if len(queries) != 2:
        raise Refused("correlation.rules", "a sequence has two rules")
    if "condition" in found:
        raise Refused("correlation.condition", "a sequence has none")
    return Judged("sequence", "", {"first": queries[0], "then": queries[1], "within": window}, group_by)


KINDS = {"event_count": event_count, "value_count": value_count, "temporal_ordered": temporal_ordered}


def comparison(found: Any) -> tuple[str, int]:
    """The condition's one operator and its whole number."""
    condition = found.get("condition")
    if not isinstance(condition, dict):
        raise Refused("correlation.condition", "must be a map, as gte: 10")
    operators = [name for name in condition if name != "field"]
    if len(operators) != 1:
        raise Refused("correlation.condition", "one comparison can be expressed, not a range")
    number = condition[operators[0]]
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise Refused(f"correlation.condition.{operators[0]}", "must be a whole number")
    return str(operators[0]), number


def timespan(found: Any) -> int:
    read = TIMESPAN.fullmatch(found) if isinstance(found, str) else None
    if read is None:
        raise Refused("correlation.timespan", f"{found!r}: must be as 30s, 5m, 2h or 1d")
    return int(read[1]) * SECONDS[read[2]]


def texts(found: Any, name: str) -> list[str]:
    value = found.get(name, [])
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Refused(f"correlation.{name}", "must be a list of names")
    return value
