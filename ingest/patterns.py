"""Masks what varies in a message, so that the same failure reads the same."""

import re

MASKS = re.compile(
    r"(?P<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)"
    r"|(?P<email>(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<time>\b\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b|\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b)"
    r"|(?P<ip>\b\d{1,3}(?:\.\d{1,3}){3}\b)"
    r"|(?P<hex>\b0x[0-9a-fA-F]+\b|\b(?=[a-fA-F]{0,64}[0-9])[0-9]*+[a-fA-F][0-9a-fA-F]{7,}\b)"
    r"|(?P<num>\d+(?:\.\d+)?)"
)
LONGEST = 2_000  # characters of a message that its pattern is made of


class Words(dict[str, str]):
    """Each word's mask, remembered: messages are made of few words, though few messages come twice."""

    SIZE = 50_000
    LENGTH = 40  # longer words are not remembered

    def __missing__(self, word: str) -> str:
        if word.isdecimal():
            return "<num>"
        masked = MASKS.sub(lambda found: f"<{found.lastgroup}>", word)
        if len(word) <= self.LENGTH:
            if len(self) >= self.SIZE:
                self.clear()
            self[word] = masked
        return masked


_words = Words()


def mask(message: str) -> str:
    """ "took 31 ms" -> "took <num> ms"."""
    return " ".join(map(_words.__getitem__, message[:LONGEST].split(" ")))
