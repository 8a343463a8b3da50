"""What Elasticsearch is told beside the record, so that it finds exactly what the query language means.

Its analyzers tokenise differently and its numbers need a field each, so the tokens are computed here and split at
spaces only, and attributes become terms: a sign for the kind, the path, ``=``, the value. docs/decisions/ says why.
"""

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from struct import pack, unpack
from typing import Any

from query.match import as_number, as_text
from query.text import tokens

# The kinds of an attribute's terms.
TEXT = "="  # a string as it is
SHOWN = "~"  # a number as text, for wildcards
TRUTH = "!"  # true or false
NUMBER = "#"  # whatever reads as a number, in the order of numbers
PRESENT = "?"  # a value that is not empty

TERM_LIMIT = 8000  # characters; Lucene takes 32,766 bytes
KNOWN_LIMIT = 100  # characters of a value that is worth remembering
WORD_LIMIT = 127  # characters; the whitespace analyzer cuts a word at 255 UTF-16 units
# What float() may read begins otherwise, but for inf.
NO_NUMBER = frozenset("abcdefghjklmopqrstuvwxyzABCDEFGHJKLMOPQRSTUVWXYZ[]{}<>/:;,'\"(@#$%&*=!?|~`")


def token_line(text: str) -> str:
    """The text's tokens with a space between."""
    words = tokens(text)
    if len(text) > WORD_LIMIT and len(max(words, key=len, default="")) > WORD_LIMIT:
        words = [word_term(word) for word in words]
    return " ".join(words)


# Patterns are texts with their variable parts masked: few, and the same again and again.
pattern_line = lru_cache(maxsize=4096)(token_line)


def word_term(word: str) -> str:
    """A token as it is indexed: a long one by its beginning and a digest, so that it still equals only itself."""
    return shortened(word, WORD_LIMIT) if len(word) > WORD_LIMIT else word


def shortened(text: str, limit: int) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]
    return f"{text[: limit - 40]}{digest}"


def attribute_terms(attrs: dict[str, Any]) -> list[str]:
    """All terms of a record's attributes."""
    terms: list[str] = []
    for key, value in attrs.items():
        if isinstance(value, dict | list):
            return [term for path, leaf in leaves(attrs, "") for term in leaf_terms(path, leaf)]
        terms += known_terms(key, value) if type(value) is str and len(value) < KNOWN_LIMIT else leaf_terms(key, value)
    return terms


def leaf_terms(path: str, value: Any) -> list[str]:
    if value is None:
        return []
    path = name(path)
    if isinstance(value, str):
        if not value:
            return [f"{TEXT}{path}="]
        found = [f"{PRESENT}{path}", f"{TEXT}{path}={value}"]
        if value[0] not in NO_NUMBER and (number := as_number(value)) is not None:
            found.append(f"{NUMBER}{path}={ordered(number)}")
    elif isinstance(value, bool):
        found = [f"{PRESENT}{path}", f"{TRUTH}{path}={as_text(value)}"]
    else:
        found = [f"{PRESENT}{path}", f"{SHOWN}{path}={value}", f"{NUMBER}{path}={ordered(value)}"]
    return [fitting(term) for term in found] if len(value if isinstance(value, str) else path) > 2000 else found


# Most attributes have few values.
known_terms = lru_cache(maxsize=16384)(leaf_terms)


def name(path: str) -> str:
    """The path so that the first bare ``=`` behind it ends it."""
    return path.replace("\\", "\\\\").replace("=", "\\=") if "=" in path or "\\" in path else path


def fitting(term: str) -> str:
    """A term that is too long keeps its beginning, and equals only itself."""
    return shortened(term, TERM_LIMIT) if len(term) > TERM_LIMIT else term


def ordered(number: float | int) -> str:
    """Text that sorts as the number does. An integer that no float can hold sorts beside its nearest one."""
    try:
        near = float(number) + 0.0  # one zero, not two
    except OverflowError:
        near = 1.7976931348623157e308 if number > 0 else -1.7976931348623157e308
    bits = unpack(">Q", pack(">d", near))[0]
    bits = bits ^ 0xFFFF_FFFF_FFFF_FFFF if bits >> 63 else bits | 1 << 63
    return f"{bits:016x}{1 + (number > near) - (number < near)}"


def leaves(value: dict[str, Any] | list[Any], path: str) -> Iterator[tuple[str, Any]]:
    """Each scalar below with its dotted path, exactly those that query/fields.py finds at it."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list):
                yield from leaves(item, path)
            elif path:
                yield path, item
        return
    prefix = f"{path}." if path else ""
    for key, item in value.items():
        if not isinstance(item, dict | list):
            if key:
                yield prefix + key, item
        elif key:
            for below, leaf in leaves(item, prefix + key):
                if below == prefix + key or (key[0] != "." and not hides(value, below[len(prefix) :])):
                    yield below, leaf


def hides(value: dict[str, Any], path: str) -> bool:
    """Whether a scalar under the dotted path as a key hides what is nested at the same path."""
    return path in value and not isinstance(value[path], dict | list | None)
