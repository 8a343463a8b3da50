"""Documents of the enriched topic -> lines of a bulk request."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Literal

import msgspec

from search.terms import attribute_terms, pattern_line, token_line

AHEAD_DAYS = 2
BACK_DAYS = 7  # older than this when it came in: it lies in the index of the day it came in
PATTERN_LIMIT = 2000  # characters; longer patterns are not worth remembering
ID_BYTES = 512  # Elasticsearch takes no longer ids


class Source(msgspec.Struct, gc=False):
    """What has to be read of a document to know its index and its terms; the rest goes through as it is."""

    signal: Literal["logs", "spans"]
    timestamp: str
    received_at: str
    message: str = ""
    pattern: str = ""
    name: str = ""
    status_message: str = ""
    duration_ns: int | None = None
    attrs: dict[str, Any] = {}


class Extras(msgspec.Struct, gc=False, omit_defaults=True):
    """What is added to a document: search/documents.py says what each is for."""

    present: list[str]
    message_tokens: str = ""
    pattern_tokens: str = ""
    name_tokens: str = ""
    status_message_tokens: str = ""
    duration_ms: float | None = None
    attr_terms: list[str] = []


class Line(msgspec.Struct, gc=False):
    """One document, ready: ``body`` is its two lines of a bulk request. ``place`` is the caller's."""

    index: str
    body: bytes
    place: int


decode = msgspec.json.Decoder(Source).decode
encode = msgspec.json.Encoder().encode


class Unusable(ValueError):
    """Why a message can't be a document."""


def line(key: bytes, value: bytes, today: date, place: int = 0) -> Line:
    """The lines for one message of the topic. Its index depends on nothing but the document, so that it is the same
    one when the message comes again; raises Unusable."""
    if not 0 < len(key) <= ID_BYTES:
        raise Unusable(f"the key has {len(key)} bytes; it must have 1 to {ID_BYTES}")
    try:
        source = decode(value)
        index = index_of(source.signal, source.timestamp[:10], source.received_at[:10], today)
        name = encode(key.decode())
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise Unusable(str(error)) from None
    action = b'{"create":{"_index":"%b","_id":%b}}' % (index.encode(), name)
    return Line(index, b"%b\n%b,%b\n" % (action, value.rstrip()[:-1], encode(extras(source))[1:]), place)


def extras(source: Source) -> Extras:
    message, pattern, name, status_message = source.message, source.pattern, source.name, source.status_message
    return Extras(
        present=present(bool(message), bool(pattern), bool(name), bool(status_message)),
        message_tokens=token_line(message) if message else "",
        pattern_tokens=(pattern_line if len(pattern) <= PATTERN_LIMIT else token_line)(pattern),
        name_tokens=pattern_line(name) if len(name) <= PATTERN_LIMIT else token_line(name),
        status_message_tokens=token_line(status_message) if status_message else "",
        duration_ms=None if source.duration_ns is None else source.duration_ns / 1e6,
        attr_terms=attribute_terms(source.attrs) if source.attrs else [],
    )


@lru_cache
def present(message: bool, pattern: bool, name: bool, status_message: bool) -> list[str]:
    """The texts that are not empty. A text may have no token, so its tokens can't tell."""
    texts = {"message": message, "pattern": pattern, "name": name, "status_message": status_message}
    return [field for field, there in texts.items() if there]


@lru_cache
def index_of(signal: str, timestamp: str, received_at: str, today: date) -> str:
    """The index of the record's day; of the day it came in where its clock is off, so that no clock can make indices
    of its own."""
    day, came = date.fromisoformat(timestamp), date.fromisoformat(received_at)
    if not came - timedelta(days=BACK_DAYS) <= day <= came + timedelta(days=1):
        day = came
    if day > today + timedelta(days=AHEAD_DAYS):
        raise ValueError(f"received_at: {received_at} is still to come")
    return f"stacklens-{signal}-{day:%Y.%m.%d}"
