"""What a record must have for a query to match it: the key under which a rule is indexed.

``witnesses`` gives alternatives of which one must hold, or None where nothing is certain. Soundness is all that
counts here (whatever matches has a witness); a witness that holds for few records makes the index fast.
"""

import contextlib
import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as sre_parser  # type: ignore[import-not-found]
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from query.ast import And, Equals, Everything, Exists, Node, Not, Or, Range, Regex, Wildcard, Words
from query.fields import DYNAMIC, Schema
from query.match import as_number

CASELESS = re.compile(r"\(\?[a-zA-Z]*i")
MIN_LITERAL = 3  # shorter ones stand in most texts


@dataclass(frozen=True)
class Literal:
    """The lower-cased text of the field has this run of characters."""

    field: str
    text: str


@dataclass(frozen=True)
class Value:
    """The field has exactly this value (of an attribute: a value that reads like it)."""

    field: str
    value: str


@dataclass(frozen=True)
class AtLeast:
    field: str
    bound: float


@dataclass(frozen=True)
class AtMost:
    field: str
    bound: float


@dataclass(frozen=True)
class Has:
    """The field has a value at all."""

    field: str


Witness = Literal | Value | AtLeast | AtMost | Has

# How rare a field's values are, best first; what most records share comes last.
COMMON = {"level": 90, "status": 90, "kind": 90, "environment": 80, "service": 40, "app_version": 50, "host": 45}


def witnesses(node: Node, schema: Schema) -> tuple[Witness, ...] | None:
    if isinstance(node, Everything | Not):
        return None
    if isinstance(node, And):
        found = [part for part in (witnesses(part, schema) for part in node.parts) if part]
        return min(found, key=cost, default=None)
    if isinstance(node, Or):
        branches = [witnesses(part, schema) for part in node.parts]
        if any(branch is None for branch in branches):
            return None
        return tuple(witness for branch in branches if branch for witness in branch)
    witness = of_leaf(node, schema)
    return (witness,) if witness else None


def cost(alternatives: Iterable[Witness]) -> float:
    """About how many records the witnesses let through; a ranking, not a measure."""
    return sum(rank(witness) for witness in alternatives)


def rank(witness: Witness) -> float:
    if isinstance(witness, Literal):
        return 30 / len(witness.text) + 1
    if isinstance(witness, Value):
        return COMMON.get(witness.field, 1.5)
    return 60 if isinstance(witness, AtLeast | AtMost) else 70


def of_leaf(node: Words | Equals | Wildcard | Regex | Range | Exists, schema: Schema) -> Witness | None:
    field = schema.find(node.field)
    assert field is not None
    textual = field.kind == "text"
    if isinstance(node, Words):
        return literal(node.field, max(node.words, key=len))
    if isinstance(node, Wildcard):
        return literal(node.field, longest_run(node.pattern)) if textual else Has(node.field)
    if isinstance(node, Regex):
        run = mandatory(node.pattern)
        if not textual:
            return Has(node.field) if run else None
        return literal(node.field, run)
    if isinstance(node, Equals):
        # 5 and "5.0" are equal as attributes, so only the attribute's presence is certain there
        sure = field.kind != DYNAMIC or as_number(node.value) is None
        return Value(node.field, node.value) if sure else AtLeast(node.field, float(node.value))
    if isinstance(node, Range) and field.kind != "time":
        if node.low is not None:
            return AtLeast(node.field, node.low)
        return AtMost(node.field, node.high) if node.high is not None else Has(node.field)
    return Has(node.field)


def literal(field: str, text: str) -> Literal | None:
    text = text.lower()
    # a character whose lower case has another length could shift what is compared
    return Literal(field, text) if len(text) >= MIN_LITERAL and text.isascii() else None


def longest_run(pattern: str) -> str:
    runs = pattern.replace("\\", "*").replace("?", "*").split("*")
    return max(runs, key=len)


def mandatory(pattern: str) -> str:
    """The longest run of characters that every match of the regular expression has; "" if none is certain.

    Python's parser reads most of RE2's syntax; what it can't read has no witness. Where case is ignored, a long s is
    an s, but has no other lower case: no run goes over one."""
    with contextlib.suppress(Exception):
        found = runs(sre_parser.parse(pattern))
        if CASELESS.search(pattern):
            found = [part for run in found for part in re.split("[sS]", run)]
        return max(found, key=len, default="")
    return ""


def runs(parsed: Any) -> list[str]:
    found, run = [], ""
    for op, value in parsed:
        if op is sre.LITERAL and value < 128:
            run += chr(value)
            continue
        found.append(run)
        run = ""
        if op is sre.SUBPATTERN:
            found += runs(value[3])
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT) and value[0] > 0:
            found += runs(value[2])
    return [*found, run]
