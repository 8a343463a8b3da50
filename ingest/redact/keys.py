"""Which keys stand before a secret, and what it is called, in any spelling of theirs."""

import re
from itertools import pairwise
from typing import Any

# The words that make a key secret, and what the value is called. They count in the plural too, and run together with
# others where that can't be another word: "accesstoken", "dbpassword", "passwordhash", but not "tokenizer".
SECRET_WORDS = {
    "password": "password", "passwd": "password", "passphrase": "password", "token": "token", "secret": "secret",
    "ssn": "ssn", "authorization": "authorization", "cookie": "cookie", "apikey": "api_key",
    "creditcard": "credit_card",
}  # fmt: skip
SECRET_PAIRS = {("api", "key"): "api_key", ("credit", "card"): "credit_card", ("pass", "word"): "password"}
SECRET_PART = re.compile(
    r"(?:password|passwd|apikey|creditcard)"
    r"|.*?(?P<end>password|passwd|passphrase|token|secret|cookie|apikey|creditcard)s?$"
)
# "tokens_used", "token_type": what is told about a secret is none.
ABOUT = {"count", "used", "usage", "total", "limit", "remaining", "max", "min", "length", "size", "type", "expires",
         "expiry", "ttl"}  # fmt: skip
ABOUT_LENGTH = 40  # characters; a longer text tells more than that
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

CACHE_SIZE = 20_000
CACHED_LENGTH = 200  # longer keys are not remembered
_kinds: dict[str, str | None] = {}


def key_kind(key: str) -> str | None:
    """What a value under this key is called if it is secret: "x-api-key" -> "api_key", "keyboard" -> None."""
    if key in _kinds:
        return _kinds[key]
    kind = find_kind(key)
    if len(key) <= CACHED_LENGTH:
        if len(_kinds) >= CACHE_SIZE:
            _kinds.clear()
        _kinds[key] = kind
    return kind


def find_kind(key: str) -> str | None:
    words = words_of(key)
    for word in words:
        if (singular := word.removesuffix("s")) in SECRET_WORDS or word in SECRET_WORDS:
            return SECRET_WORDS.get(word) or SECRET_WORDS[singular]
        if found := SECRET_PART.match(word):
            return SECRET_WORDS[found["end"] or found[0]]
    for first, second in pairwise(words):
        if kind := SECRET_PAIRS.get((first, second.removesuffix("s"))):
            return kind
    return SECRET_WORDS.get("".join(words))


def words_of(key: str) -> list[str]:
    return [word.lower() for word in WORD.findall(key)]


def is_about(key: str, value: Any) -> bool:
    """Whether a value under a secret's key only tells something about it: {"output_tokens": 31}."""
    words = words_of(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return any(word in ABOUT or word == "tokens" for word in words)
    return isinstance(value, str) and words[-1] in ABOUT and len(value) <= ABOUT_LENGTH
