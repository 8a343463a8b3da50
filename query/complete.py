"""What may be typed next at a place in a query: a field, an operator, or a field's value. Pure.

Half a query can't be parsed, so only what stands before the place is looked at, by its words and quotes.
"""

import re
from dataclasses import dataclass

from query.fields import SCHEMAS

OPERATORS = ("AND", "OR", "NOT")
WORD = r'(?:[^\s()":\\]|\\.)'
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
VALUE = re.compile(rf'(?:^|[\s(])(?P<field>{WORD}+):(?P<value>"(?:[^"\\]|\\.)*|[^\s()"]*)$')
START = re.compile(rf"(?:^|[\s(])(?P<word>{WORD}*)$")
REST = re.compile(rf"{WORD}*")
PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.]*")
SYNTAX = re.compile(r'([\s:()\[\]{}"\\^~*?+/-])')


@dataclass(frozen=True)
class Place:
    """Where somebody types: ``typed`` stands from ``start`` to ``end``. ``field``: whose value it is, if it is one;
    ``joins``: whether something to be joined stands before it."""

    start: int
    end: int
    typed: str
    field: str = ""
    joins: bool = False


def place(text: str, at: int) -> Place | None:
    """None where nothing can be said, as within a phrase."""
    before = QUOTED.sub(lambda found: '"' + "x" * (len(found[0]) - 2) + '"', text[:at])
    if found := VALUE.search(before):
        start = found.start("value")
        typed = text[start:at]
        rest = REST.match(text, at)
        end = rest.end() if rest else at
        if typed.startswith('"'):
            end = at + 1 if text[at : at + 1] == '"' else at
        return Place(start, end, typed.lstrip('"'), re.sub(r"\\(.)", r"\1", found["field"]))
    if before.count('"') % 2 == 0 and (found := START.search(before)):
        start, rest = found.start("word"), REST.match(text, at)
        earlier = before[:start].rstrip()
        joins = bool(earlier) and not earlier.endswith("(") and earlier.split()[-1] not in OPERATORS
        return Place(start, rest.end() if rest else at, text[start:at], joins=joins)
    return None


def fields(typed: str, signal: str, attributes: list[str]) -> list[tuple[str, str]]:
    """Names that begin with what was typed, then those that hold it; each with what is known of it."""
    schema = SCHEMAS[signal]
    known = {name: ", ".join(field.values) or field.kind for name, field in schema.fields.items()}
    known |= dict.fromkeys(attributes, "attribute")
    low = typed.lower()
    first = [name for name in known if name.lower().startswith(low)]
    others = [name for name in known if low in name.lower() and name not in first]
    return [(name, known[name]) for name in (*first, *others)]


def operators(place: Place) -> list[str]:
    fitting = OPERATORS if place.joins else ("NOT",)
    return [word for word in fitting if word.startswith(place.typed.upper())]


def written(value: str) -> str:
    """A value as it stands in a query."""
    if PLAIN.fullmatch(value) and value not in (*OPERATORS, "TO"):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def named(field: str) -> str:
    """An attribute's name may hold anything."""
    return SYNTAX.sub(r"\\\1", field)
