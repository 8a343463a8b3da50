"""The modifiers behind a field's name: each makes another value of a value; one visible list."""

import base64
import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network

import re2

from alerts.sigma.values import (
    OPERATORS,
    Bound,
    Dash,
    Expression,
    Network,
    Nothing,
    Number,
    Octets,
    OneOf,
    Part,
    Presence,
    Text,
    Truth,
    Unwritable,
    Value,
    Wild,
    as_cased,
)

# how far base64 has to be cut where the text begins 0, 1 or 2 bytes into a group of three, and where it ends
STARTS = (0, 2, 3)
ENDS = (None, -3, -2)
QUIET = re2.Options()
QUIET.log_errors = False


def plain(value: Value) -> str:
    """A text without wildcards."""
    if isinstance(value, Number):
        return str(value.number)
    if not isinstance(value, Text):
        raise Unwritable("needs a text")
    if any(isinstance(part, Wild | Dash) for part in value.parts):
        raise Unwritable("can't be used with wildcards")
    return "".join(str(part) for part in value.parts)


def text(value: Value) -> Text:
    return value if isinstance(value, Text) else Text(tuple(plain(value)))


def contains(value: Value) -> Value:
    return around(value, before=True, after=True)


def startswith(value: Value) -> Value:
    return around(value, before=False, after=True)


def endswith(value: Value) -> Value:
    return around(value, before=True, after=False)


def around(value: Value, before: bool, after: bool) -> Value:
    if isinstance(value, OneOf):
        return OneOf(tuple(around(each, before, after) for each in value.values))
    parts = text(value).parts
    return Text((Wild.RUN,) * before + parts + (Wild.RUN,) * after, text(value).cased)


def cased(value: Value) -> Value:
    return OneOf(tuple(map(cased, value.values))) if isinstance(value, OneOf) else as_cased(text(value))


def windash(value: Value) -> Value:
    """A dash or slash before a word may be any of the dashes that Windows takes."""
    parts: list[Part] = list(text(value).parts)
    # wildcards stand for something that is no letter, so that what follows them can begin a word
    flat = "".join(part if isinstance(part, str) else "*" for part in parts)
    for found in re.finditer(r"\B[-/]\b", flat):
        parts[found.start()] = Dash.ANY
    return Text(tuple(parts), text(value).cased)


def expression(value: Value) -> Value:
    if not isinstance(value, Text):
        raise Unwritable("needs a regular expression")
    return Expression(plain(value))


def flag(name: str) -> Callable[[Value], Value]:
    def flagged(value: Value) -> Value:
        if not isinstance(value, Expression):
            raise Unwritable(f"{name} stands behind re only")
        return Expression(value.pattern, value.flags + name)

    return flagged


def encoded(encoding: str) -> Callable[[Value], Value]:
    return lambda value: Octets(plain(value).encode(encoding))


def octets(value: Value) -> bytes:
    return value.octets if isinstance(value, Octets) else plain(value).encode()


def base64_of(value: Value) -> Value:
    return Text(tuple(base64.b64encode(octets(value)).decode()))


def base64_offset(value: Value) -> Value:
    """The text inside something longer that is encoded: as it looks at each of the three offsets."""
    found = octets(value)
    shifted = (
        base64.b64encode(b" " * at + found).decode()[STARTS[at] : ENDS[(len(found) + at) % 3]] for at in range(3)
    )
    return OneOf(tuple(Text(tuple(each)) for each in shifted))


def network(value: Value) -> Value:
    try:
        found: IPv4Network | IPv6Network = ip_network(plain(value))
    except ValueError as error:
        raise Unwritable(f"not a network: {error}") from error
    if isinstance(found, IPv6Network):
        raise Unwritable("an IPv6 address is written in many ways, and our values are compared as text")
    return Network(found)


def presence(value: Value) -> Value:
    if not isinstance(value, Truth):
        raise Unwritable("exists needs true or false")
    return Presence(value.truth)


def bound(operator: str) -> Callable[[Value], Value]:
    def bounded(value: Value) -> Value:
        if not isinstance(value, Number):
            raise Unwritable(f"{operator} needs a number")
        return Bound(operator, value.number)

    return bounded


MODIFIERS: Mapping[str, Callable[[Value], Value]] = {
    "contains": contains,
    "startswith": startswith,
    "endswith": endswith,
    "cased": cased,
    "windash": windash,
    "re": expression,
    **{name: flag(name) for name in "ims"},
    "base64": base64_of,
    "base64offset": base64_offset,
    **dict.fromkeys(("wide", "utf16le"), encoded("utf-16-le")),
    "utf16be": encoded("utf-16-be"),
    "utf16": lambda value: Octets(b"\xff\xfe" + plain(value).encode("utf-16-le")),
    "cidr": network,
    "exists": presence,
    **{name: bound(name) for name in OPERATORS},
}

# These say something about all values of an item, not about each.
OF_THE_ITEM = ("all", "neq")

CANT = {
    "fieldref": "compares two fields, and a query compares a field with a value",
    "expand": "needs placeholders, which belong to an installation",
    **dict.fromkeys(
        ("minute", "hour", "day", "week", "month", "year"), "looks at a part of a time, which a query can't"
    ),
}


def modified(value: Value, names: list[str]) -> Value:
    for name in names:
        if isinstance(value, Nothing):
            raise Unwritable(f"{name} can't be used with null")
        value = MODIFIERS[name](value)
    if isinstance(value, Expression):
        refuse_unreadable(value)
    return value


def refuse_unreadable(value: Expression) -> None:
    try:
        re2.compile(value.pattern, QUIET)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        reason = reason.decode() if isinstance(reason, bytes) else reason
        raise Unwritable(f"not a regular expression that RE2 knows: {reason}") from error
