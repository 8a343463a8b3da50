"""Takes secrets out of records, in place: by the key they stand under, or by what they look like.

A record's texts are joined and looked at once; only where that finds a trace of a secret do the precise patterns run,
text by text. What is replaced becomes ``[REDACTED:kind]``; everything else stays as it is.
"""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import re2

from telemetry.records import Attributes, LogRecord, Record, Span

# The words that make a key secret, and what the value is called. Matched as whole words of the key, however spelled.
SECRET_WORDS = {
    "password": "password", "passwords": "password", "passwd": "password", "passphrase": "password",
    "token": "token", "tokens": "token", "secret": "secret", "secrets": "secret", "ssn": "ssn",
    "authorization": "authorization", "cookie": "cookie", "cookies": "cookie",
    "apikey": "api_key", "creditcard": "credit_card",
}  # fmt: skip
SECRET_PAIRS = {("api", "key"): "api_key", ("credit", "card"): "credit_card"}
# "tokens.used": 31 counts tokens, it holds none
COUNTS = {"count", "used", "total", "limit", "remaining", "max", "min", "type", "length", "size", "usage", "expires"}
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

KEY_TEXT = r"(?:[\w.-]*(?:password|passwd|token|api[_-]?key|credit[_-]?card|ssn|authorization|cookie|secret)[\w.-]*)"
ASSIGNED = re.compile(
    rf"(?i)(?P<key>\b{KEY_TEXT})(?P<mid>\\?[\"']\s*[:=]\s*(?P<quote>\\?[\"'])|=(?P<opened>[\"'])|=)"
    r"(?P<value>(?(quote)(?:(?!(?P=quote)).)+|(?(opened)(?:(?!(?P=opened)).)+|[^\s\"',;&)\]}]+)))",
)
HEADER = re.compile(r"(?i)\b(?P<key>authorization|proxy-authorization|cookie|set-cookie):[ \t]+(?P<value>[^\r\n]+)")
PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
JWT = re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?")
BEARER = re.compile(r"(?i)\b(bearer)(\s+)(?!\[REDACTED:)(?=[^\s\"',;]{8})[\w.~+/=-]+")
EMAIL = re.compile(r"[\w.+%-]+@(?:[\w-]+\.)+[A-Za-z]{2,}")
SSN = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-])")
DIGITS = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,}(?![\w]|\.\d)")
DIGIT_GROUP = re.compile(r"\d+")

QUIET = re2.Options()
QUIET.log_errors = False
# What every secret has in it; whatever this doesn't find holds none.
TRACE = re2.compile(
    r"@|(?i:bearer|eyJ|PRIVATE KEY|pass|token|api.?key|credit.?card|ssn|authorization|cookie|secret)"
    r"|\d{3}-\d\d-\d{4}|\d(?:[ -]?\d){12}",
    QUIET,
)

KEY_CACHE_SIZE = 20_000
_kinds: dict[str, str | None] = {}


def key_kind(key: str) -> str | None:
    """What a value under this key is called if it is secret: "x-api-key" -> "api_key", "keyboard" -> None."""
    if key in _kinds:
        return _kinds[key]
    if len(_kinds) >= KEY_CACHE_SIZE:
        _kinds.clear()
    kind = _kinds[key] = find_kind(key)
    return kind


def find_kind(key: str) -> str | None:
    words = [word.lower() for word in WORD.findall(key)]
    if COUNTS.intersection(words):
        return None
    for word in words:
        if word in SECRET_WORDS:
            return SECRET_WORDS[word]
    for pair in pairwise(words):
        if pair in SECRET_PAIRS or (pair[0], pair[1].rstrip("s")) in SECRET_PAIRS:
            return SECRET_PAIRS[pair[0], pair[1].rstrip("s")]
    return SECRET_WORDS.get("".join(words))


def redact_text(text: str) -> str:
    """The text with what looks like a secret replaced."""
    if TRACE.search(text) is None:
        return text
    text = PRIVATE_KEY.sub("[REDACTED:private_key]", text)
    text = HEADER.sub(header, text)
    text = ASSIGNED.sub(assigned, text)
    text = JWT.sub("[REDACTED:jwt]", text)
    text = BEARER.sub(r"\1\2[REDACTED:bearer]", text)
    text = EMAIL.sub("[REDACTED:email]", text)
    text = SSN.sub("[REDACTED:ssn]", text)
    return DIGITS.sub(cards, text)


def header(found: re.Match[str]) -> str:
    if found["value"].startswith("[REDACTED:"):
        return found[0]
    key = found["key"]
    return f"{key}: [REDACTED:{'cookie' if 'cookie' in key.lower() else 'authorization'}]"


def assigned(found: re.Match[str]) -> str:
    kind = key_kind(found["key"])
    if kind is None or found["value"].startswith("[REDACTED:"):
        return found[0]
    return f"{found['key']}{found['mid']}[REDACTED:{kind}]"


def cards(found: re.Match[str]) -> str:
    """A run of digit groups with the card numbers in it replaced; a number's groups stand side by side."""
    run, out, at = found[0], "", 0
    groups = list(DIGIT_GROUP.finditer(run))
    first = 0
    while first < len(groups):
        for last in range(len(groups) - 1, first - 1, -1):
            digits = "".join(group[0] for group in groups[first : last + 1])
            if 13 <= len(digits) <= 19 and issued(digits) and luhn(digits):
                out += run[at : groups[first].start()] + "[REDACTED:card]"
                at, first = groups[last].end(), last
                break
        first += 1
    return out + run[at:]


def issued(digits: str) -> bool:
    """Whether an issuer gives out numbers of this beginning and length."""
    size, two, four = len(digits), int(digits[:2]), int(digits[:4])
    return (
        (digits[0] == "4" and size in (13, 16, 19))
        or (size == 16 and (51 <= two <= 55 or 2221 <= four <= 2720))
        or (size == 15 and two in (34, 37))
        or (size in (16, 19) and (four == 6011 or two == 65 or 644 <= int(digits[:3]) <= 649))
        or (size in (16, 19) and 3528 <= four <= 3589)
        or (size == 14 and (two in (36, 38, 39) or 300 <= int(digits[:3]) <= 305))
        or (16 <= size <= 19 and two == 62)
    )


def luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def redact_value(value: Any) -> Any:
    """A copy of any JSON value with secrets replaced, keys included."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, list):
        return [redact_value(item) for item in value]
    if isinstance(value, dict):
        return {redact_text(key): redact_under(key, item) for key, item in value.items()}
    if isinstance(value, int) and not isinstance(value, bool) and value > 10**11:
        # a card number may come as a number
        text = str(value)
        return redacted if (redacted := redact_text(text)) != text else value
    return value


def redact_under(key: str, value: Any) -> Any:
    kind = key_kind(key)
    if kind is None or value is None:
        return redact_value(value)
    return value if is_mark(value) else f"[REDACTED:{kind}]"


def is_mark(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("[REDACTED:") and value.endswith("]")


LOG_TEXTS = (
    "message",
    "service",
    "error_code",
    "user_id",
    "product_id",
    "action",
    "environment",
    "host",
    "app_version",
)
SPAN_TEXTS = ("name", "status_message", "service", "environment", "host", "app_version")
POINT_TEXTS = ("name", "unit", "service", "environment", "host", "app_version")


def redact(records: Iterable[Record]) -> int:
    """Redact in place; how many records held something."""
    return sum(map(redact_record, records))


def redact_record(record: Record) -> bool:
    if isinstance(record, LogRecord):
        texts: tuple[str, ...] = LOG_TEXTS
        found = [record.message, record.service, record.error_code, record.user_id, record.product_id, record.action,
                 record.environment, record.host, record.app_version]  # fmt: skip
    elif isinstance(record, Span):
        texts = SPAN_TEXTS
        found = [record.name, record.status_message, record.service, record.environment, record.host]
        if record.events or record.links:
            return redact_deep(record, texts)
    else:
        texts, found = POINT_TEXTS, [record.name, record.service, record.environment, record.host]
    if not suspicious(found, record.attrs):
        return False
    return redact_deep(record, texts)


def suspicious(texts: list[str | None], attrs: Attributes) -> bool:
    """Whether a precise look is worth it. One search over all texts and keys; nested values always get one."""
    parts = [text for text in texts if text]
    for key, value in attrs.items():
        kind = _kinds[key] if key in _kinds else key_kind(key)
        if kind is not None:
            return True
        parts.append(key)
        if isinstance(value, str):
            parts.append(value)
        elif isinstance(value, list | dict) or (isinstance(value, int) and value > 10**11):
            return True
    return TRACE.search("\n".join(parts)) is not None


def redact_deep(record: Record, texts: tuple[str, ...]) -> bool:
    changed = False
    for name in texts:
        before = getattr(record, name)
        if before and (after := redact_text(before)) != before:
            setattr(record, name, after)
            changed = True
    for name in ("attrs", "events", "links") if isinstance(record, Span) else ("attrs",):
        before = getattr(record, name)
        if before and (after := redact_value(before)) != before:
            setattr(record, name, after)
            changed = True
    return changed
