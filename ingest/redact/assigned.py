"""The values of secret keys within a text: key=value, "key": "value", Key: value."""

import re

from ingest.redact.keys import key_kind
from ingest.redact.marks import MARKED, is_mark, mark

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
BARE = re.compile(rf"(?:[^\s\"',;&)\[\]}}]++|{MARKED}|\[)+")
SCHEME = re.compile(
    r"(?:(?P<bearer>bearer)|basic|digest|negotiate|token|apikey|hawk|aws4-hmac-sha256)[ \t]+", re.IGNORECASE
)
PARAMETERS = re.compile(r"[\w-]++=(?:\"[^\"]*+\"?|[^\s,\"]++)(?:,\s*+[\w-]++=(?:\"[^\"]*+\"?|[^\s,\"]++))*")
COOKIES = re.compile(
    rf"(?:{MARKED};\s*+)*[^\s=;,\"']++=[^\s;,\"']*+"
    r"(?:;\s*+(?:[^\s=;,\"']++=[^\s;,\"']*|HttpOnly|Secure|Partitioned))*",
    re.IGNORECASE,
)
BRACKET = re.compile(r"[{}\[\]]|(?P<quote>\\*\")")
LITERALS = {"null", "none", "nil", "undefined", "true", "false"}


def replace_values(assigned: re.Pattern[str], text: str) -> str:
    """Replace the values of secret keys in text: key=value, "key": "value", Key: value."""
    out, at = [], 0
    for found in assigned.finditer(text):
        if found.start() < at or (kind := key_kind(found["key"])) is None:
            continue
        start, end, kind = value_at(text, found, kind)
        value = text[start:end]
        if value and not is_mark(value):
            nested = value[0] in "{[" and not value.startswith("[REDACTED:")
            out.append(text[at:start] + (f'"{mark(kind)}"' if nested else mark(kind)))
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
    marked = text.startswith("[REDACTED:", start)
    if text[start : start + 1] in ("{", "[") and not marked and ("spaced" not in groups or groups["quoted"]):
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
    word = spaced and not marked and not is_credential(value[0].rstrip(".:!?"), kind)
    return start, start if word else value.end(), kind


def is_random(value: str) -> bool:
    """ "Bearer authentication" is no secret."""
    return len(value) >= 6 and (len(value) >= 20 or not value.isalpha() or not (value.islower() or value.istitle()))


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
