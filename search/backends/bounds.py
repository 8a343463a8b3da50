"""A query for a store that can't say everything exactly: what certainly matches, and what possibly does.

Where the two differ, the records between them are read and decided by the query's own predicate. A store gives the
two conditions of a leaf, and three words to join conditions by; the rest follows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from query.ast import And, Everything, Leaf, Node, Not, Or

C = TypeVar("C")
FEW = 3


class Under(Enum):
    """Where a leaf stands: it has to hold by itself, or it or others, or a denial is above it."""

    AND, OR, NOT = range(3)


@dataclass(frozen=True)
class Bounds(Generic[C]):
    """``unsure``: what is possible but not sure meets it; it may be quicker to ask for than what is possible."""

    sure: C
    possible: C
    unsure: C | None = None

    @property
    def between(self) -> C:
        """Together with not being sure: what has to be looked at."""
        return self.possible if self.unsure is None else self.unsure

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


def bounds(
    node: Node, leaf: Callable[[Leaf, Under], Bounds[C]], words: Words[C], under: Under = Under.AND
) -> Bounds[C]:
    if isinstance(node, Everything):
        return exactly(words.everything)
    if isinstance(node, Not):
        part = bounds(node.part, leaf, words, Under.NOT)
        return Bounds(words.negated(part.possible), words.negated(part.sure), part.unsure)
    if isinstance(node, And | Or):
        here = Under.OR if isinstance(node, Or) and under is Under.AND else under
        parts = [bounds(part, leaf, words, here) for part in node.parts]
        join = words.all_of if isinstance(node, And) else words.any_of
        unsure = unsure_of(parts, words, isinstance(node, And))
        return Bounds(join([part.sure for part in parts]), join([part.possible for part in parts]), unsure)
    return leaf(node, under)


def unsure_of(parts: Sequence[Bounds[C]], words: Words[C], all_of_them: bool) -> C | None:
    """One part is unsure, and the others are possible; only worth saying where few are."""
    open_ones = [part for part in parts if not part.exact]
    if not open_ones or len(open_ones) > FEW:
        return None
    if not all_of_them:
        return words.any_of([part.between for part in open_ones])
    return words.any_of(
        [
            words.all_of([part.between, *(each.possible for each in parts if each is not part)])  # first what few meet
            for part in open_ones
        ]
    )
