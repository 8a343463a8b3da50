"""What a query is, once parsed and checked: a small tree of frozen nodes."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Everything:
    """Matches all records: the empty query, or ``*``."""


@dataclass(frozen=True)
class And:
    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Or:
    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Not:
    part: "Node"


@dataclass(frozen=True)
class Words:
    """Consecutive tokens in a text field: one is a word, more are a phrase."""

    field: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Equals:
    """A keyword, enum, number or attribute has exactly this value, as written."""

    field: str
    value: str


@dataclass(frozen=True)
class Wildcard:
    """``*`` any run, ``?`` one character; over one token of a text field, else over the whole value."""

    field: str
    pattern: str


@dataclass(frozen=True)
class Regex:
    """RE2, unanchored and case-sensitive, over the field's whole value."""

    field: str
    pattern: str


@dataclass(frozen=True)
class Range:
    """A number (times: nanoseconds) between bounds; None is open."""

    field: str
    low: float | int | None
    high: float | int | None
    with_low: bool = True
    with_high: bool = True


@dataclass(frozen=True)
class Exists:
    field: str


Leaf = Words | Equals | Wildcard | Regex | Range | Exists
Node = Everything | And | Or | Not | Leaf


def fields(node: Node) -> Iterator[str]:
    """The names of the fields that a query asks for."""
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from fields(part)
    elif isinstance(node, Not):
        yield from fields(node.part)
    elif not isinstance(node, Everything):
        yield node.field
