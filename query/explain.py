"""Which clauses of a query a record meets and which it doesn't: the answer to "why did (or didn't) it match?"."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from query.ast import And, Equals, Everything, Exists, Node, Not, Or, Range, Regex, Wildcard, Words
from query.match import compile_node


@dataclass(frozen=True)
class Explained:
    """A part of the query, whether the record meets it, and what it is made of. ``join``: and, or, not, or empty for
    a clause."""

    text: str
    met: bool
    join: str = ""
    parts: tuple["Explained", ...] = ()

    def clauses(self) -> Iterator["Explained"]:
        """The parts that are not made of others, in the query's order."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.clauses()

    def deciding(self) -> Iterator["Explained"]:
        """The clauses because of which the whole is met, or isn't; under a NOT, those that are the other way round."""
        if not self.parts:
            yield self
        elif self.join == "not":
            yield from self.parts[0].deciding()
        else:
            for part in self.parts:
                if part.met == self.met:
                    yield from part.deciding()


def explain(node: Node, record: Any, signal: str) -> Explained:
    """Agrees with ``compile_node``: the whole is met when the record matches."""
    if isinstance(node, Not):
        part = explain(node.part, record, signal)
        return Explained(written(node), not part.met, "not", (part,))
    if isinstance(node, And | Or):
        parts = tuple(explain(part, record, signal) for part in node.parts)
        if isinstance(node, And):
            return Explained(written(node), all(part.met for part in parts), "and", parts)
        return Explained(written(node), any(part.met for part in parts), "or", parts)
    return Explained(written(node), predicate(node, signal)(record))


predicate = lru_cache(maxsize=4096)(compile_node)


def written(node: Node) -> str:
    """The part as one would write it."""
    if isinstance(node, Everything):
        return "*"
    if isinstance(node, Not):
        return f"NOT {written(node.part)}"
    if isinstance(node, And | Or):
        return f"({f' {type(node).__name__.upper()} '.join(map(written, node.parts))})"
    if isinstance(node, Words):
        words = " ".join(node.words)
        return f'{node.field}:"{words}"' if len(node.words) > 1 else f"{node.field}:{words}"
    if isinstance(node, Regex):
        return f"{node.field}:/{node.pattern}/"
    if isinstance(node, Range):
        return f"{node.field}:{bounds(node)}"
    if isinstance(node, Exists):
        return f"{node.field}:*"
    return f"{node.field}:{value(node)}"


def value(node: Equals | Wildcard) -> str:
    if isinstance(node, Wildcard):
        return node.pattern
    plain = bool(node.value) and all(char.isalnum() or char in "_-." for char in node.value)
    escaped = node.value.replace("\\", "\\\\").replace('"', '\\"')
    return node.value if plain else f'"{escaped}"'


def bounds(node: Range) -> str:
    low, high = number(node.low), number(node.high)
    if node.low is not None and node.low == node.high:
        return low
    if node.high is None:
        return f"{'>=' if node.with_low else '>'}{low}"
    if node.low is None:
        return f"{'<=' if node.with_high else '<'}{high}"
    return f"{'[' if node.with_low else '{'}{low} TO {high}{']' if node.with_high else '}'}"


def number(end: float | int | None) -> str:
    if end is None:
        return "*"
    if isinstance(end, float):
        return f"{end:.15g}"
    moment = datetime.fromtimestamp(end // 1_000_000_000, UTC)  # only times are whole numbers
    return f'"{moment.replace(microsecond=end // 1000 % 1_000_000).isoformat()}"'
