"""A query for a store that can't say everything exactly: what certainly matches, and what possibly does.

Where the two differ, the records between them are read and decided by the query's own predicate. A store gives the
two conditions of a leaf, and three words to join conditions by; the rest follows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from query.ast import And, Everything, Leaf, Node, Not, Or

C = TypeVar("C")


@dataclass(frozen=True)
class Bounds(Generic[C]):
    sure: C
    possible: C

    @property
    def exact(self) -> bool:
        return self.sure == self.possible


def exactly(condition: C) -> Bounds[C]:
    return Bounds(condition, condition)


@dataclass(frozen=True)
class Words(Generic[C]):
    """How a store's conditions are joined."""

    everything: C
    all_of: Callable[[Sequence[C]], C]
    any_of: Callable[[Sequence[C]], C]
    negated: Callable[[C], C]


def bounds(node: Node, leaf: Callable[[Leaf], Bounds[C]], words: Words[C]) -> Bounds[C]:
    if isinstance(node, Everything):
        return exactly(words.everything)
    if isinstance(node, Not):
        part = bounds(node.part, leaf, words)
        return Bounds(words.negated(part.possible), words.negated(part.sure))
    if isinstance(node, And | Or):
        parts = [bounds(part, leaf, words) for part in node.parts]
        join = words.all_of if isinstance(node, And) else words.any_of
        return Bounds(join([part.sure for part in parts]), join([part.possible for part in parts]))
    return leaf(node)
