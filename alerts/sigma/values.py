"""The values that a detection compares with, and each as text of our query language.

Sigma compares whole values and ignores case, so a text becomes a regular expression over the whole value.
"""

import re
from dataclasses import dataclass, replace
from enum import Enum
from ipaddress import IPv4Network

from query.fields import Field

SPECIAL = frozenset(r"\.+*?()|[]{}^$/")
OCTET = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
OPERATORS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


class Wild(Enum):
    RUN = ".*"
    ONE = "."


class Dash(Enum):
    ANY = r"[-\/–—―]"


Part = str | Wild | Dash


@dataclass(frozen=True)
class Text:
    """Characters and wildcards."""

    parts: tuple[Part, ...]
    cased: bool = False


@dataclass(frozen=True)
class Octets:
    """Bytes on their way to base64."""

    octets: bytes


@dataclass(frozen=True)
class Expression:
    """A regular expression, found anywhere in the value; ``flags`` of i, m and s."""

    pattern: str
    flags: str = ""


@dataclass(frozen=True)
class Number:
    number: int | float


@dataclass(frozen=True)
class Truth:
    truth: bool


@dataclass(frozen=True)
class Nothing:
    """null: the field is not there."""


@dataclass(frozen=True)
class Presence:
    there: bool


@dataclass(frozen=True)
class Bound:
    operator: str
    number: int | float


@dataclass(frozen=True)
class Network:
    network: IPv4Network


@dataclass(frozen=True)
class OneOf:
    """What one value became: any of these."""

    values: tuple["Value", ...]


Value = Text | Octets | Expression | Number | Truth | Nothing | Presence | Bound | Network | OneOf


class Unwritable(ValueError):
    """The value can't be compared with this field; the message says why."""


def text_of(raw: str) -> Text:
    """``*`` and ``?`` are wildcards; a backslash before one of them or before a backslash takes it as it is."""
    parts: list[Part] = []
    at = 0
    while at < len(raw):
        char = raw[at]
        if char == "\\" and raw[at + 1 : at + 2] in ("*", "?", "\\"):
            at += 1
            parts.append(raw[at])
        elif char in "*?":
            parts.append(Wild.RUN if char == "*" else Wild.ONE)
        else:
            parts.append(char)
        at += 1
    return Text(tuple(parts))


def written(field: Field, value: Value) -> str:
    """The condition that ``field`` has the value, as query text."""
    name = field.name
    match value:
        case OneOf(values):
            return either([written(field, each) for each in values])
        case Nothing() | Presence(there=False):
            return f"(NOT {name}:*)"
        case Presence():
            return f"{name}:*"
        case Bound(operator, number):
            if field.kind not in ("number", "dynamic"):
                raise Unwritable(f"{name} is no number: it can't be compared")
            return f"{name}:{OPERATORS[operator]}{quoted(number)}"
        case Number(number) if field.kind in ("number", "dynamic"):
            return f"{name}:{quoted(number)}"
        case Number(number):
            return written(field, Text(tuple(str(number))))
        case Truth(truth):
            return written(field, Text(tuple("true" if truth else "false")))
        case Network(network):
            return f"{name}:/{address(network)}/"
        case Expression(pattern, flags):
            return f"{name}:/{f'(?{flags})' if flags else ''}{slashed(pattern)}/"
        case Text() if field.kind in ("number", "time"):
            raise Unwritable(f"{name} is a {field.kind}, not a text")
        case Text() if field.kind == "enum":
            return enumerated(field, value)
        case Text():
            return whole(name, value)
    raise Unwritable("bytes must go through base64 or base64offset")


def quoted(number: int | float) -> str:
    """A sign would be read as an operator."""
    text = str(number)
    return text if text.replace(".", "").isdigit() else f'"{text}"'


def enumerated(field: Field, text: Text) -> str:
    """One of the field's values is named by itself; what never can be one says so."""
    plain = "".join(part for part in text.parts if isinstance(part, str))
    if len(plain) < len(text.parts):
        return whole(field.name, text)
    if plain.lower() not in field.values:
        raise Unwritable(f"{field.name} is one of {', '.join(field.values)}, never {plain!r}")
    return f"{field.name}:{plain.lower()}"


def whole(name: str, text: Text) -> str:
    parts = text.parts
    start = next((at for at, part in enumerate(parts) if part is not Wild.RUN), len(parts))
    end = next((at for at in range(len(parts), start, -1) if parts[at - 1] is not Wild.RUN), start)
    if start == end and parts:
        return f"{name}:*"
    body = "".join(part.value if isinstance(part, Wild | Dash) else literal(part) for part in parts[start:end])
    pattern = f"{'' if start else '^'}{body}{'$' if end == len(parts) else ''}"
    flags = ("" if text.cased else "i") + ("s" if Wild.RUN in parts[start:end] or Wild.ONE in parts else "")
    return f"{name}:/{f'(?{flags})' if flags else ''}{pattern}/"


def literal(char: str) -> str:
    if char in SPECIAL:
        return f"\\{char}"
    return char if char.isprintable() else f"\\x{{{ord(char):x}}}"


def slashed(pattern: str) -> str:
    """The expression between slashes: those inside it are escaped, once."""
    return re.sub(r"(?s)(\\.)|/", lambda found: found[1] or r"\/", pattern)


def address(network: IPv4Network) -> str:
    """IPv4 addresses of a network, by their text."""
    first, last = network[0].packed, network[-1].packed
    octets = [octet(low, high) for low, high in zip(first, last, strict=True)]
    return "^" + r"\.".join(octets) + "$"


def octet(low: int, high: int) -> str:
    """The numbers of a range, ten by ten: 128 to 255 is 12[8-9]|13[0-9]|…|25[0-5]."""
    if (low, high) == (0, 255):
        return OCTET
    if low == high:
        return str(low)
    tens = range(low // 10, high // 10 + 1)
    decades = (f"{ten or ''}[{max(low - ten * 10, 0)}-{min(high - ten * 10, 9)}]" for ten in tens)
    return f"(?:{'|'.join(decades)})"


def either(texts: list[str]) -> str:
    return joined("OR", texts)


def both(texts: list[str]) -> str:
    return joined("AND", texts)


def joined(operator: str, texts: list[str]) -> str:
    different = list(dict.fromkeys(texts))
    return different[0] if len(different) == 1 else f"({f' {operator} '.join(different)})"


def as_cased(text: Text) -> Text:
    return replace(text, cased=True)
