"""Rows as lines of COPY's CSV, made by the JSON encoder: the cheapest way from Python's values to bytes.

What JSON and CSV (escaped by a backslash) have in common is how quotes and backslashes are written, and numbers, and an
unquoted null. Control characters differ: rows that have any are spelt out.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from telemetry.storable import storable

encoder = msgspec.json.Encoder()
encode, encode_into = encoder.encode, encoder.encode_into

NEWLINE, COMMA = b"\n,"
IN_COMMON = re.compile(rb'(?:[^\\]++|\\["\\])*+')  # no other escape than these


def lines(rows: Sequence[tuple[Any, ...]], plain: int) -> memoryview:
    """``plain``: how many values stand before those that are JSON text, which has no control character."""
    buffer = bytearray(1)
    for row in rows:
        start = len(buffer) - 1  # over the bracket that closes the row before
        encode_into(row[:plain], buffer, start)
        if buffer.find(b"\\", start) >= 0 and not IN_COMMON.fullmatch(buffer, start):
            buffer[start:] = b"[%b]" % b",".join(map(spelt, row[:plain]))
        middle = len(buffer) - 1
        encode_into(row[plain:], buffer, middle)
        buffer[start], buffer[middle] = NEWLINE, COMMA
    buffer[-1] = NEWLINE
    return memoryview(buffer)[1:]


def spelt(value: Any) -> bytes:
    """Control characters stand for themselves, and NUL, which Postgres can't keep, becomes its symbol."""
    if not isinstance(value, str):
        return encode(value)
    escaped = storable(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'.encode()
