"""Tree -> predicate over records in memory: closures, cheap tests first."""

import re
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any

import re2

from query.ast import And, Equals, Everything, Exists, Leaf, Node, Not, Or, Range, Regex, Wildcard, Words
from query.fields import DYNAMIC, SCHEMAS, Schema, leaves_reader, value_reader
from query.parse import QUIET, parse
from query.text import tokens, word_char

Predicate = Callable[[Any], bool]
EXACT = 2**53  # whole numbers from here on are not all floats


@lru_cache(maxsize=20_000)
def matcher(text: str, signal: str) -> Predicate:
    """The predicate of a query; raises QueryError."""
    return compile_node(parse(text, signal), signal)


def compile_node(node: Node, signal: str) -> Predicate:
    schema = SCHEMAS[signal]
    if isinstance(node, Everything):
        return lambda record: True
    if isinstance(node, Not):
        part = compile_node(node.part, signal)
        return lambda record: not part(record)
    if isinstance(node, And | Or):
        return joined(node, [compile_node(part, signal) for part in node.parts])
    return leaf(node, schema)


def joined(node: And | Or, parts: list[Predicate]) -> Predicate:
    if len(parts) == 2:
        first, second = parts
        if isinstance(node, And):
            return lambda record: first(record) and second(record)
        return lambda record: first(record) or second(record)
    if isinstance(node, And):
        return lambda record: all(part(record) for part in parts)
    return lambda record: any(part(record) for part in parts)


def leaf(node: Leaf, schema: Schema) -> Predicate:
    field = schema.find(node.field)
    assert field is not None
    if field.kind == DYNAMIC:
        return any_leaf(node, leaves_reader(node.field, schema))
    return value_test(node, field.kind, value_reader(node.field, schema))


def any_leaf(node: Leaf, read_all: Callable[[Any], list[Any]]) -> Predicate:
    """The test of an attribute: one of its scalars meets it."""
    test = leaf_test(node)
    return lambda record: any(test(value) for value in read_all(record))


def value_test(node: Leaf, kind: str, read: Callable[[Any], Any]) -> Predicate:
    """The test of a fixed field of this kind; absent values meet none."""
    if isinstance(node, Words):
        return has_words(read, node.words)
    if isinstance(node, Equals):
        wanted = node.value
        return lambda record: read(record) == wanted
    if isinstance(node, Exists):
        return lambda record: read(record) not in (None, "")
    if isinstance(node, Range):
        within = in_range(node)
        return lambda record: (value := read(record)) is not None and within(value)
    if isinstance(node, Wildcard) and kind == "text":
        pattern = wildcard(node.pattern.lower())
        return lambda record: any(map(pattern.fullmatch, tokens(read(record) or "")))
    test = string_test(node, read)
    return lambda record: read(record) is not None and test(record)


def has_words(read: Callable[[Any], Any], words: tuple[str, ...]) -> Predicate:
    """The words as consecutive tokens. A plain search comes first: most texts don't have them."""
    rarest = max(words, key=len)
    if len(words) == 1:
        return lambda record: has_word((read(record) or "").lower(), rarest)
    count = len(words)

    def phrase(record: Any) -> bool:
        text = (read(record) or "").lower()
        if rarest not in text:
            return False
        found = tuple(tokens(text))
        return any(found[at : at + count] == words for at in range(len(found) - count + 1))

    return phrase


def has_word(text: str, word: str) -> bool:
    """Whether ``word`` stands in the lower-cased text as a whole token."""
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        if not (at and word_char(text[at - 1])) and not (end < len(text) and word_char(text[end])):
            return True
        at = text.find(word, at + 1)
    return False


def wildcard(pattern: str) -> re.Pattern[str]:
    """``*`` and ``?`` as a pattern without nested repeats, so that it can't run away; a backslash takes the next
    character as it is."""
    parts, escaped = [], False
    for char in pattern:
        if escaped or char not in "*?\\":
            parts.append(re.escape(char))
        elif char != "\\":
            parts.append(".*" if char == "*" else ".")
        escaped = char == "\\" and not escaped
    return re2.compile("(?s)" + "".join(parts), QUIET)  # type: ignore[no-any-return]


def string_test(node: Node, read: Callable[[Any], Any]) -> Predicate:
    if isinstance(node, Wildcard):
        whole = wildcard(node.pattern).fullmatch
        return lambda record: (value := read(record)) is not None and whole(as_text(value)) is not None
    assert isinstance(node, Regex)
    search = re2.compile(node.pattern, QUIET).search
    return lambda record: (value := read(record)) is not None and search(as_text(value)) is not None


def leaf_test(node: Node) -> Callable[[Any], bool]:
    """The test of one scalar of an attribute."""
    if isinstance(node, Equals):
        return equals(node.value)
    if isinstance(node, Exists):
        return lambda value: value not in (None, "")
    if isinstance(node, Range):
        within = in_range(node)
        return lambda value: (number := as_number(value)) is not None and within(number)
    return string_test(node, lambda value: value)


def equals(wanted: str) -> Callable[[Any], bool]:
    """A string as it is, a number by its value, true and false by their names."""
    number = as_number(wanted)

    def test(value: Any) -> bool:
        if isinstance(value, str):
            return value == wanted or (number is not None and as_number(value) == number)
        if isinstance(value, bool):
            return wanted.lower() == ("true" if value else "false")
        return number is not None and value == number

    return test


def as_number(value: Any) -> float | int | None:
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return None
        if abs(number) >= EXACT:
            with suppress(ValueError):  # it has a fraction or an exponent, or is inf
                return int(value)
        return number if number == number else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def in_range(node: Range) -> Callable[[float | int], bool]:
    low, high, with_low, with_high = node.low, node.high, node.with_low, node.with_high

    def within(value: float | int) -> bool:
        if low is not None and not (value >= low if with_low else value > low):
            return False
        return high is None or (value <= high if with_high else value < high)

    return within
