"""The language's ``*`` and ``?`` as a LIKE pattern, and a piece of text as one that misses no spelling of it. Pure."""

from collections.abc import Callable

from query.match import wildcard

ANY, ONE = "*", "?"
# Other characters turn into these when they are lower-cased, or count as these where case doesn't (K, İ, ſ).
UNSURE = frozenset("kis")


def parts(pattern: str) -> list[tuple[str, bool]]:
    """The pattern's characters, and whether each stands for itself."""
    found, escaped = [], False
    for char in pattern:
        if escaped or char != "\\":
            found.append((char, escaped or char not in (ANY, ONE)))
        escaped = char == "\\" and not escaped
    return found


def plain(pattern: str) -> str:
    """The characters that stand for themselves."""
    return "".join(char for char, itself in parts(pattern) if itself)


def rebuilt(pattern: str, itself: Callable[[str], str], any: str = ANY, one: str = ONE) -> str:
    """The pattern in another notation; ``itself`` writes a character that stands for itself."""
    wild = {ANY: any, ONE: one}
    return "".join(itself(char) if plain else wild[char] for char, plain in parts(pattern))


def like(pattern: str) -> str:
    return rebuilt(pattern, quoted, "%", "_")


def quoted(char: str) -> str:
    return f"\\{char}" if char in "%_\\" else char


def contains(piece: str) -> str:
    """For ILIKE without regard to locale; empty where nothing is certain of the piece."""
    shown = "".join("_" if char in UNSURE or not char.isascii() else quoted(char) for char in piece.lower())
    return f"%{shown}%" if shown.strip("_") else ""


def truths(pattern: str) -> list[str]:
    """Which of true and false the pattern meets."""
    whole = wildcard(pattern).fullmatch
    return [text for text in ("true", "false") if whole(text)]
