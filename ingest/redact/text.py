"""A text with its secrets replaced: what stands under a secret's key, and what looks like one."""

import re
from collections.abc import Callable
from functools import partial

from ingest.redact.assigned import ASSIGNED, PAIR, is_random, replace_values
from ingest.redact.cards import DIGITS, cards
from ingest.redact.marks import MARKED, is_mark, mark
from ingest.redact.trace import NUMBER, TRACE

PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
JWT = re.compile(r"(?<![A-Za-z0-9])eyJ[\w-]{8,}\.[\w-]{5,}(?:\.[\w-]*)*", re.ASCII)
# not the name of what was replaced already: "Bearer token=[REDACTED:token]"
BEARER = re.compile(
    rf"(?i)(?<![a-z0-9])(?P<before>bearer\s+){MARKED}*+(?P<value>[\w.~+/=-]*[\w~+/=-])(?!(?<==)\[)", re.ASCII
)
URL_PASSWORD = re.compile(r"(?P<before>://[^\s:/@\"']*:)(?P<value>[^\s/\"']+)@(?=[\w\[])")
EMAIL = re.compile(r"(?<![\w.+%-])(?:[\w.+-]++|%(?!40))++(?:@|%40)(?:[\w-]+\.)+(?:xn--[\w-]+|[A-Za-z]{2,})")
SSN = re.compile(r"(?<![0-9A-Za-z-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![0-9A-Za-z]|-\d)", re.ASCII)

INNOCENTS = 20_000
INNOCENT_LENGTH = 100  # longer texts are not remembered: they seldom come again
_innocent: set[str] = set()


def redact_text(text: str) -> str:
    """The text with what looks like a secret replaced."""
    if text in _innocent:
        return text
    if not traced(text):
        remember(text)
        return text
    before = ""
    # what is replaced may bare what stood beside it; each round leaves less
    while text != before and traced(text):
        before, text = text, replace_secrets(text)
    return text


def traced(text: str) -> bool:
    # as bytes: where it was found, counted in characters, is of no interest
    return TRACE.search(text.encode(errors="surrogatepass")) is not None


def remember(innocent: str) -> None:
    if len(innocent) <= INNOCENT_LENGTH:
        if len(_innocent) >= INNOCENTS:
            _innocent.clear()
        _innocent.add(innocent)


def replace_secrets(text: str) -> str:
    lowered = text.lower()
    for hints, replace in REPLACED:
        for hint in hints:
            if hint in lowered:
                if (replaced := replace(text)) != text:
                    text, lowered = replaced, replaced.lower()
                break
    return text


def numbers(text: str) -> str:
    """The precise patterns look around at every digit."""
    if NUMBER.search(text.encode(errors="surrogatepass")) is None:
        return text
    return DIGITS.sub(cards, SSN.sub(mark("ssn"), text))


def bearer(found: re.Match[str]) -> str:
    return found["before"] + mark("bearer") if is_random(found["value"]) else found[0]


def url_password(found: re.Match[str]) -> str:
    return found[0] if is_mark(found["value"]) else f"{found['before']}{mark('password')}@"


# In this order: literals of which each find has one, in lower case, and what replaces it.
REPLACED: tuple[tuple[tuple[str, ...], Callable[[str], str]], ...] = (
    (("private key",), partial(PRIVATE_KEY.sub, mark("private_key"))),
    (("value",), partial(replace_values, PAIR)),
    (("=", ":"), partial(replace_values, ASSIGNED)),
    (("eyj",), partial(JWT.sub, mark("jwt"))),
    (("bearer",), partial(BEARER.sub, bearer)),
    (("://",), partial(URL_PASSWORD.sub, url_password)),
    (("@", "%40"), partial(EMAIL.sub, mark("email"))),
    (("",), numbers),
)
