"""The condition of a detection -> query text: not, and, or, brackets, ``1 of selection_*``, ``all of them``."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

from alerts.sigma.refused import Refused
from alerts.sigma.values import both, either

PLACE = "detection.condition"
TOKEN = re.compile(r"\s*([()|]|[^\s()|]+)")
MAX_DEPTH = 40
COUNTS = ("1", "any", "all")
RESERVED = ("and", "or", "not", "of", "(", ")", "|")


def condition(text: str, selections: Mapping[str, str]) -> str:
    """``selections``: name -> query text."""
    tokens = TOKEN.findall(text)
    if "|" in tokens:
        raise Refused(PLACE, f"{text!r}: aggregation behind | is no longer part of Sigma; write a correlation")
    reader = Reader(tokens, selections)
    found = reader.either(0)
    if reader.next is not None:
        raise Refused(PLACE, f"{text!r}: unexpected {reader.next!r}")
    return found


class Reader:
    """``or`` binds least, then ``and``, then ``not``."""

    def __init__(self, tokens: list[str], selections: Mapping[str, str]) -> None:
        self.tokens = tokens
        self.selections = selections
        self.at = 0

    @property
    def next(self) -> str | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self, *words: str) -> bool:
        found = self.next is not None and self.next.lower() in words
        self.at += found
        return found

    def either(self, depth: int) -> str:
        parts = [self.both(depth)]
        while self.take("or"):
            parts.append(self.both(depth))
        return either(parts)

    def both(self, depth: int) -> str:
        parts = [self.negated(depth)]
        while self.take("and"):
            parts.append(self.negated(depth))
        return both(parts)

    def negated(self, depth: int) -> str:
        if depth > MAX_DEPTH:
            raise Refused(PLACE, f"nested deeper than {MAX_DEPTH} levels")
        if self.take("not"):
            return f"(NOT {self.negated(depth + 1)})"
        if self.take("("):
            found = self.either(depth + 1)
            if not self.take(")"):
                raise Refused(PLACE, "a bracket is not closed")
            return found
        return self.named()

    def named(self) -> str:
        word = self.next
        if word is None or word.lower() in RESERVED:
            raise Refused(PLACE, f"expected the name of a selection, found {word or 'the end'!r}")
        self.at += 1
        if not self.take("of"):
            return self.one(word)
        if word.lower() not in COUNTS:
            raise Refused(PLACE, f"'{word} of' can't be expressed; only 1, any and all")
        pattern, self.at = self.next, self.at + 1
        if pattern is None:
            raise Refused(PLACE, f"'{word} of' must name selections")
        found = [self.selections[name] for name in self.meant(pattern)]
        return both(found) if word.lower() == "all" else either(found)

    def one(self, name: str) -> str:
        if name not in self.selections:
            raise Refused(PLACE, f"there is no selection {name!r}")
        return self.selections[name]

    def meant(self, pattern: str) -> list[str]:
        """Those whose name begins with ``_`` are not among ``them``."""
        if pattern.lower() == "them":
            names = [name for name in self.selections if not name.startswith("_")]
        else:
            names = [name for name in self.selections if fnmatchcase(name, pattern.replace("[", "[[]"))]
        if not names:
            raise Refused(PLACE, f"there are no selections {pattern!r}")
        return names
