"""Masks what varies in a message, so that the same failure reads the same."""

import re

MASKS = re.compile(
    r"(?P<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)"
    r"|(?P<time>\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)"
    r"|(?P<ip>\b\d{1,3}(?:\.\d{1,3}){3}\b)"
    r"|(?P<hex>\b(?:0x[0-9a-fA-F]+|(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,})\b)"
    r"|(?P<num>\d+(?:\.\d+)?)"
)
CACHE_SIZE = 50_000
LONGEST = 2000  # characters of a message that its pattern is made of

_known: dict[str, str] = {}


def mask(message: str) -> str:
    """ "took 31 ms" -> "took <num> ms"."""
    pattern = _known.get(message)
    if pattern is None:
        if len(_known) >= CACHE_SIZE:
            _known.clear()
        pattern = _known[message] = MASKS.sub(lambda found: f"<{found.lastgroup}>", message[:LONGEST])
    return pattern
