"""Text -> checked tree. luqum reads the syntax; the fields and values are checked here."""

import difflib
import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

import re2
from luqum import tree
from luqum.exceptions import IllegalCharacterError, ParseSyntaxError
from luqum.thread import parse as luqum_parse

from query.ast import And, Equals, Everything, Exists, Node, Not, Or, Range, Regex, Wildcard, Words
from query.errors import QueryError
from query.fields import DYNAMIC, SCHEMAS, Field, Schema
from query.text import tokens

MAX_LENGTH = 5000
MAX_DEPTH = 50
ESCAPE = re.compile(r"\\(.)")
QUIET = re2.Options()
QUIET.log_errors = False
C_STYLE = {"&&": "AND", "||": "OR", "!": "NOT"}
NOT_SUPPORTED = {
    tree.Fuzzy: "fuzzy search (~) is not supported",
    tree.Proximity: "proximity search (~) is not supported",
    tree.Boost: "boosts (^) are not supported",
}


@lru_cache(maxsize=20_000)
def parse(text: str, signal: str) -> Node:
    """The tree of a query over ``signal`` (logs, spans, metrics, alerts); raises QueryError."""
    if len(text) > MAX_LENGTH:
        raise QueryError(f"the query is longer than {MAX_LENGTH} characters", MAX_LENGTH, len(text) - MAX_LENGTH)
    if not text.strip():
        return Everything()
    check_depth(text)
    try:
        syntax = luqum_parse(text)
    except IllegalCharacterError as error:
        raise QueryError(f"unexpected character: {first_line(error)}", *place(error, text)) from error
    except ParseSyntaxError as error:
        raise QueryError(f"cannot read the query: {first_line(error)}", *place(error, text)) from error
    except RecursionError as error:
        raise QueryError("the query is nested too deeply") from error
    return Builder(SCHEMAS[signal], signal).build(syntax, None, 0)


def check_depth(text: str) -> None:
    depth = 0
    for position, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth > MAX_DEPTH:
            raise QueryError(f"the query is nested deeper than {MAX_DEPTH} levels", position, 1)


def first_line(error: Exception) -> str:
    return str(error).splitlines()[0].strip()


def place(error: Exception, text: str) -> tuple[int, int]:
    """Where luqum says it stumbled; at the end of the text where it says nothing."""
    found = re.search(r"position (\d+)", str(error))
    return (min(int(found[1]), len(text)), 1) if found else (len(text), 0)


class Builder:
    def __init__(self, schema: Schema, signal: str) -> None:
        self.schema = schema
        self.signal = signal

    def build(self, item: Any, field: Field | None, depth: int) -> Node:
        """``field`` is the one that a group or term stands under; None means the default text."""
        if depth > MAX_DEPTH * 2:
            raise fail(item, f"the query is nested deeper than {MAX_DEPTH} levels")
        if (wrong := NOT_SUPPORTED.get(type(item))) is not None:
            raise fail(item, wrong)
        if isinstance(item, tree.Group | tree.FieldGroup | tree.Plus):
            return self.build(item.children[0], field, depth + 1)
        if isinstance(item, tree.Not | tree.Prohibit):
            return Not(self.build(item.children[0], field, depth + 1))
        if isinstance(item, tree.OrOperation | tree.AndOperation | tree.UnknownOperation | tree.BoolOperation):
            parts = tuple(self.build(child, field, depth + 1) for child in item.children)
            return Or(parts) if isinstance(item, tree.OrOperation) else And(parts)
        if isinstance(item, tree.SearchField):
            return self.search_field(item, field, depth)
        return self.term(item, field)

    def search_field(self, item: Any, outer: Field | None, depth: int) -> Node:
        if outer is not None:
            raise fail(item, f"a field inside {outer.name}:(…); a colon in a value must be quoted or written \\:")
        if item.name == "_exists_":
            return Exists(self.field(item.expr, str(item.expr)).name)
        field = self.field(item, item.name)
        if isinstance(item.expr, tree.SearchField):
            raise fail(item.expr, "a colon in a value must be quoted or written \\:")
        return self.build(item.expr, field, depth + 1)

    def field(self, item: Any, written: str) -> Field:
        name = ESCAPE.sub(r"\1", written)
        if found := self.schema.find(name):
            return found
        known = [*self.schema.fields, f"{self.schema.dynamic}.*"]
        near = difflib.get_close_matches(name, list(self.schema.fields), 1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
        raise QueryError(f"unknown field {name!r}{hint}", item.pos or 0, len(written))

    def term(self, item: Any, field: Field | None) -> Node:
        if isinstance(item, tree.Regex):
            written_text(item, field)
            return self.over(field, lambda name: Regex(name, regex(item)))
        if isinstance(item, tree.Range):
            return self.range(item, field)
        if isinstance(item, tree.From | tree.To):
            return self.comparison(item, field)
        if isinstance(item, tree.Phrase):
            return self.value(item, ESCAPE.sub(r"\1", item.value[1:-1]), field)
        if isinstance(item, tree.Word):
            return self.word(item, field)
        raise fail(item, f"{type(item).__name__} is not supported")

    def word(self, item: Any, field: Field | None) -> Node:
        value = item.value
        if value in C_STYLE or (value.startswith("!") and len(value) > 1):
            raise fail(item, f"write {C_STYLE.get(value, 'NOT')} instead of {value if value in C_STYLE else '!'}")
        if value == "*":
            return Exists(field.name) if field else Everything()
        if item.has_wildcard():
            written_text(item, field)
            return self.over(field, lambda name: Wildcard(name, value))
        return self.value(item, ESCAPE.sub(r"\1", value), field)

    def over(self, field: Field | None, make: Callable[[str], Node]) -> Node:
        """A term under a field, or in any of the default text fields."""
        if field:
            return make(field.name)
        parts = tuple(make(name) for name in self.schema.default)
        return parts[0] if len(parts) == 1 else Or(parts)

    def value(self, item: Any, value: str, field: Field | None) -> Node:
        if field is None or field.kind == "text":
            if not (words := tuple(tokens(value))):
                raise fail(item, f"{value!r} has no letter or digit to look for")
            return self.over(field, lambda name: Words(name, words))
        if field.kind == "enum":
            if field.every and value.lower() == field.every:
                return Everything()
            if value.lower() not in field.values:
                raise fail(item, f"{field.name} is one of {', '.join(field.values)}, not {value!r}")
            return Equals(field.name, value.lower())
        if field.kind in ("number", "time"):
            exact = self.bound(item, value, field)
            return Range(field.name, exact, exact)
        return Equals(field.name, value)

    def range(self, item: Any, field: Field | None) -> Node:
        field = self.comparable(item, field)
        low, high = (None if str(end) == "*" else self.end(end, field) for end in (item.low, item.high))
        return Range(field.name, low, high, item.include_low, item.include_high)

    def comparison(self, item: Any, field: Field | None) -> Node:
        field = self.comparable(item, field)
        bound = self.end(item.children[0], field)
        if isinstance(item, tree.From):
            return Range(field.name, bound, None, with_low=item.include)
        return Range(field.name, None, bound, with_high=item.include)

    def comparable(self, item: Any, field: Field | None) -> Field:
        if field is None:
            raise fail(item, "a range needs a field, as in attrs.ms:>=250")
        if field.kind not in ("number", "time", DYNAMIC):
            raise fail(item, f"{field.name} is not a number or time: it can't be compared")
        return field

    def end(self, item: Any, field: Field) -> float | int:
        text = item.value[1:-1] if isinstance(item, tree.Phrase) else str(item)
        return self.bound(item, ESCAPE.sub(r"\1", text.strip()), field)

    def bound(self, item: Any, text: str, field: Field) -> float | int:
        try:
            if field.kind == "time":
                moment = datetime.fromisoformat(text)
                if moment.tzinfo is None:
                    raise ValueError
                return int(moment.timestamp() * 1e6) * 1000
            number = float(text)
        except (ValueError, OverflowError) as error:
            expected = "a time with its zone, as 2026-01-31T12:00:00Z" if field.kind == "time" else "a number"
            raise fail(item, f"{field.name}: expected {expected}, got {text!r}") from error
        if number != number:
            raise fail(item, f"{field.name}: expected a number, got {text!r}")
        return number


def written_text(item: Any, field: Field | None) -> None:
    """A number or time has no one spelling that a pattern could be held against."""
    if field and field.kind in ("number", "time"):
        raise fail(item, f"{field.name} is a {field.kind}: no pattern can be held against it, only a range")


def regex(item: Any) -> str:
    pattern = item.value[1:-1].replace("\\/", "/")
    try:
        re2.compile(pattern, QUIET)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        reason = reason.decode() if isinstance(reason, bytes) else reason
        raise fail(item, f"not a regular expression (RE2): {reason}") from error
    return str(pattern)


def fail(item: Any, message: str) -> QueryError:
    return QueryError(message, item.pos or 0, item.size or 0)
