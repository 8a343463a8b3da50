"""Takes secrets out of records, in place: by the key they stand under, or by what they look like.

The texts of some records are joined and looked at once; only where that finds a trace of a secret do the precise
patterns run, text by text. What is replaced becomes ``[REDACTED:kind]``; everything else stays as it is. All patterns
take time linear in the text: no sender may stop the worker with one long line.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Any

import msgspec
import re2

from telemetry.records import LogRecord, Record, Span

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

PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
JWT = re.compile(r"(?<![A-Za-z0-9])eyJ[\w-]{8,}\.[\w-]{5,}(?:\.[\w-]*)*", re.ASCII)
BEARER = re.compile(r"(?i)(?<![a-z0-9])(bearer\s+)([\w.~+/=-]*[\w~+/=-])(?!\[)", re.ASCII)
URL_PASSWORD = re.compile(r"(://[^\s:/@\"']*:)([^\s/\"']+)@(?=[\w\[])")
EMAIL = re.compile(r"(?<![\w.+%-])(?:[\w.+-]|%(?!40))+(?:@|%40)(?:[\w-]+\.)+(?:xn--[\w-]+|[A-Za-z]{2,})")
SSN = re.compile(r"(?<![0-9A-Za-z-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![0-9A-Za-z]|-\d)", re.ASCII)
DIGITS = re.compile(r"(?<![A-Za-z0-9])(?<!\d\.)\d(?:[ -]?\d){12,}(?![A-Za-z0-9]|\.\d)", re.ASCII)
DIGIT_GROUP = re.compile(r"\d+")
CARD_LENGTHS = range(13, 20)

# A key and what stands between it and its value. The quote may be escaped: JSON inside a string.
ASSIGNED = re.compile(
    r"(?<![\w.-])(?P<key>[\w.-]++)"
    r"(?:(?P<quoted>\\{0,4}[\"']\s*+[:=]\s*+)|(?P<spaced>[ \t]++=[ \t]*+|=[ \t]++|:[ \t]++)|=|:)"
    r"(?P<quote>\\{0,4}[\"'])?"
)
# {"key": K, "value": V}: attributes of OTLP JSON, and lists of headers
PAIR = re.compile(
    r"[\"'](?:key|name)\\{0,4}[\"']\s*+:\s*+\\{0,4}[\"'](?P<key>[^\"'\\]++)\\{0,4}[\"']\s*+,\s*+"
    r"\\{0,4}[\"']value\\{0,4}[\"']\s*+:\s*+(?P<quote>\\{0,4}[\"'])?"
)
BARE = re.compile(r"[^\s\"',;&)\]}]+")
SCHEME = re.compile(
    r"(?:(?P<bearer>bearer)|basic|digest|negotiate|token|apikey|hawk|aws4-hmac-sha256)[ \t]+", re.IGNORECASE
)
PARAMETERS = re.compile(r"[\w-]++=(?:\"[^\"]*+\"?|[^\s,\"]++)(?:,\s*+[\w-]++=(?:\"[^\"]*+\"?|[^\s,\"]++))*")
COOKIES = re.compile(
    r"[^\s=;,\"']++=[^\s;,\"']*+(?:;\s*+(?:[^\s=;,\"']++=[^\s;,\"']*|HttpOnly|Secure|Partitioned))*", re.IGNORECASE
)
BRACKET = re.compile(r"[{}\[\]]|(?P<quote>\\*\")")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
LITERALS = {"null", "none", "nil", "undefined", "true", "false"}

QUIET = re2.Options()
QUIET.log_errors = False
# What every secret has in it; whatever this doesn't find holds none.
TRACE = re2.compile(
    r"@|%40|(?i:bearer|eyJ|PRIVATE KEY|pass|token|api.?key|credit.?card|ssn|authorization|cookie|secret)"
    r"|\d{3}-\d\d-\d{4}|\d(?:[ -]?\d){12}",
    QUIET,
)

KEY_CACHE_SIZE = 20_000
KEY_LENGTH = 200  # longer keys, and records with more keys, are not remembered
CHUNK = 64  # records that are looked at together
PAYLOAD_LIMIT = 20_000  # characters
PAYLOAD_SPARE = 4_096  # read beyond the limit, so that no secret is cut before it is seen
_kinds: dict[str, str | None] = {}
_innocent: dict[tuple[str, ...], bool] = {}


def key_kind(key: str) -> str | None:
    """What a value under this key is called if it is secret: "x-api-key" -> "api_key", "keyboard" -> None."""
    if key in _kinds:
        return _kinds[key]
    kind = find_kind(key)
    if len(key) <= KEY_LENGTH:
        if len(_kinds) >= KEY_CACHE_SIZE:
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


def redact_text(text: str) -> str:
    """The text with what looks like a secret replaced."""
    while TRACE.search(text) is not None:
        before, text = text, replace_secrets(text)
        # what is replaced may bare what stood beside it; each round leaves less
        if text == before:
            break
    return text


def replace_secrets(text: str) -> str:
    text = PRIVATE_KEY.sub("[REDACTED:private_key]", text)
    text = replace_values(PAIR, text)
    text = replace_values(ASSIGNED, text)
    text = JWT.sub("[REDACTED:jwt]", text)
    text = BEARER.sub(lambda found: found[1] + "[REDACTED:bearer]" if is_random(found[2]) else found[0], text)
    text = URL_PASSWORD.sub(
        lambda found: found[0] if found[2].startswith("[REDACTED:") else f"{found[1]}[REDACTED:password]@", text
    )
    text = EMAIL.sub("[REDACTED:email]", text)
    text = SSN.sub("[REDACTED:ssn]", text)
    return DIGITS.sub(cards, text)


def is_random(value: str) -> bool:
    """ "Bearer authentication" is no secret."""
    return len(value) >= 6 and (len(value) >= 20 or not value.isalpha() or not (value.islower() or value.istitle()))


def replace_values(assigned: re.Pattern[str], text: str) -> str:
    """Replace the values of secret keys in text: key=value, "key": "value", Key: value."""
    out, at = [], 0
    for found in assigned.finditer(text):
        if found.start() < at or (kind := key_kind(found["key"])) is None:
            continue
        start, end, kind = value_at(text, found, kind)
        if end > start and not text.startswith("[REDACTED:", start):
            mark = f"[REDACTED:{kind}]"
            out.append(text[at:start] + (f'"{mark}"' if text[start] in "{[" else mark))
            at = end
    return "".join(out) + text[at:] if out else text


def value_at(text: str, found: re.Match[str], kind: str) -> tuple[int, int, str]:
    """Where the value of a found key begins and ends, and its kind; an empty span where it is no secret."""
    start = found.end()
    groups = found.groupdict()
    quote, spaced = groups["quote"], groups.get("spaced")
    if quote:
        end = closing(text, start, quote)
        # Unexpected token: 'else'
        return start, start if spaced and kind == "token" and not is_random(text[start:end]) else end, kind
    if text[start : start + 1] in ("{", "[") and ("spaced" not in groups or groups["quoted"]):
        return start, after_nested(text, start), kind
    if kind == "authorization" and (scheme := SCHEME.match(text, start)):
        value = PARAMETERS.match(text, scheme.end()) or BARE.match(text, scheme.end())
        return scheme.end(), value.end() if value else scheme.end(), "bearer" if scheme["bearer"] else kind
    if kind == "cookie" and (cookies := COOKIES.match(text, start)):
        return start, cookies.end(), kind
    value = BARE.match(text, start)
    if value is None or value[0].lower() in LITERALS:
        return start, start, kind
    # "invalid password: too short": with a space between, only what can't be a word
    return start, start if spaced and not is_credential(value[0].rstrip(".:!?"), kind) else value.end(), kind


def is_credential(value: str, kind: str) -> bool:
    return len(value) >= (8 if kind == "token" else 4) and any(character.isdigit() for character in value)


def closing(text: str, start: int, quote: str) -> int:
    """Where the quoted text ends that begins at start; the end of the text where it was cut off."""
    mark, escapes = quote[-1], len(quote) - 1
    at = text.find(mark, start)
    while at >= 0:
        stripped = text[max(start, at - 64) : at]
        before = len(stripped) - len(stripped.rstrip("\\"))
        if before == escapes or (before < escapes) or (escapes == 0 and before % 2 == 0):
            return at - min(before, escapes)
        at = text.find(mark, at + 1)
    return len(text)


def after_nested(text: str, start: int) -> int:
    """Behind the list or object that begins at start."""
    depth, opened = 0, ""
    for found in BRACKET.finditer(text, start):
        if quote := found["quote"]:
            opened = quote if not opened else "" if len(quote) <= len(opened) else opened
        elif not opened:
            depth += 1 if found[0] in "{[" else -1
            if depth == 0:
                return found.end()
    return len(text)


def cards(found: re.Match[str]) -> str:
    """A run of digit groups with the card numbers in it replaced; a card's groups but the last have four or more."""
    run, out, at, first = found[0], "", 0, 0
    groups = list(DIGIT_GROUP.finditer(run))
    while first < len(groups):
        digits, card = "", None
        for last, group in enumerate(groups[first : first + 5], first):
            digits += group[0]
            if is_card(digits):
                card = last
            if len(group[0]) < 4 or len(digits) >= CARD_LENGTHS.stop:
                break
        if card is not None:
            out += run[at : groups[first].start()] + "[REDACTED:card]"
            at, first = groups[card].end(), card
        first += 1
    return out + run[at:]


def is_card(digits: str) -> bool:
    return len(digits) in CARD_LENGTHS and issued(digits) and luhn(digits)


def issued(digits: str) -> bool:
    """Whether an issuer gives out numbers of this beginning and length."""
    size, two, three, four = len(digits), int(digits[:2]), int(digits[:3]), int(digits[:4])
    return (
        (digits[0] == "4" and size in (13, 16, 19))
        or (size == 16 and (51 <= two <= 55 or 2221 <= four <= 2720))
        or (size == 15 and two in (34, 37))
        or (size in (16, 19) and (four == 6011 or two == 65 or 644 <= three <= 649))
        or (size in (16, 19) and 3528 <= four <= 3589)
        or (size == 14 and (two in (36, 38, 39) or 300 <= three <= 305))
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
        return redact_dict(value)
    if isinstance(value, int) and value > 10**12 and is_card(str(value)):
        return "[REDACTED:card]"
    return value


def redact_dict(value: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, item in value.items():
        name = redact_text(key)
        while name in made:  # two keys may become the same; neither is lost
            name += "'"
        made[name] = redact_under(key, item)
    # {"key": "password", "value": …}: an attribute of OTLP JSON, or a header
    if "value" in value and isinstance(named := value.get("key", value.get("name")), str):
        made["value"] = redact_under(named, value["value"])
    return made


def redact_under(key: str, value: Any) -> Any:
    kind = key_kind(key)
    if kind is None or value is None or is_about(key, value):
        return redact_value(value)
    return value if is_mark(value) else f"[REDACTED:{kind}]"


def is_mark(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("[REDACTED:") and value.endswith("]") and value.count("[") == 1


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


def redact(records: Sequence[Record]) -> int:
    """Redact in place; how many records held something."""
    changed = 0
    for start in range(0, len(records), CHUNK):
        chunk = records[start : start + CHUNK]
        changed += sum(map(redact_record, suspects(chunk)))
    return changed


def suspects(records: Sequence[Record]) -> Iterable[Record]:
    """The records that a precise look is worth: one search over all their texts."""
    texts = [text_of(record) for record in records]
    starts = list(accumulate(map(len, texts), lambda at, size: at + size + 1, initial=0))
    found = {bisect_right(starts, trace.start()) - 1 for trace in TRACE.finditer("\n".join(texts))}
    return [record for place, record in enumerate(records) if place in found or not innocent(tuple(record.attrs))]


def text_of(record: Record) -> str:
    values = "\n".join(map(str, record.attrs.values()))
    if isinstance(record, LogRecord):
        return (
            f"{record.message}\n{record.service}\n{record.error_code}\n{record.user_id}\n{record.product_id}\n"
            f"{record.action}\n{record.environment}\n{record.host}\n{record.app_version}\n{values}"
        )
    where = f"{record.name}\n{record.service}\n{record.environment}\n{record.host}\n{record.app_version}\n{values}"
    if isinstance(record, Span):
        deep = f"{record.events}\n{record.links}" if record.events or record.links else ""
        return f"{record.status_message}\n{deep}\n{where}"
    return f"{record.unit}\n{where}"


def innocent(keys: tuple[str, ...]) -> bool:
    """Whether no key is one of a secret or holds one; records of one kind have the same keys."""
    if keys in _innocent:
        return _innocent[keys]
    verdict = TRACE.search("\n".join(keys)) is None
    if sum(map(len, keys)) <= 10 * KEY_LENGTH:
        if len(_innocent) >= KEY_CACHE_SIZE:
            _innocent.clear()
        _innocent[keys] = verdict
    return verdict


def redact_record(record: Record) -> bool:
    texts = LOG_TEXTS if isinstance(record, LogRecord) else SPAN_TEXTS if isinstance(record, Span) else POINT_TEXTS
    changes: dict[str, Any] = {
        name: redacted for name in texts if (text := getattr(record, name)) and (redacted := redact_text(text)) != text
    }
    if (attrs := redact_dict(record.attrs)) != record.attrs:
        changes["attrs"] = attrs
    if isinstance(record, Span):
        # ids and times of events and links are no text
        for name in ("events", "links"):
            before = getattr(record, name)
            after = [
                event | {key: redact_value(event[key]) for key in ("name", "attrs") if key in event} for event in before
            ]
            if after != before:
                changes[name] = after
    for name, value in changes.items():
        setattr(record, name, value)
    return bool(changes)


def redact_payload(data: bytes) -> str:
    """What can be shown of a message that wasn't understood. Of bytes that are no text, nothing: keys can't be told
    from values there, and so neither can secrets from the rest."""
    try:
        return msgspec.json.encode(redact_value(msgspec.json.decode(data))).decode()[:PAYLOAD_LIMIT]
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return f"<{len(data)} bytes that are no text>"
    if CONTROL.search(text):
        return f"<{len(data)} bytes that are no text>"
    return redact_text(text[: PAYLOAD_LIMIT + PAYLOAD_SPARE])[:PAYLOAD_LIMIT]
