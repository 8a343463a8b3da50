"""How one walk reads two encodings: what differs between protobuf messages and OTLP JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Attributes = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True)
class Reader:
    """``value``: an AnyValue as a JSON value; ``attributes``: a list of KeyValue as a dict; ``hex``: an id as hex, of
    the given number of bytes, or None where it has another length or is all zero; ``has``: whether an optional field
    is set; ``data``: which data a metric holds, and it; ``number``: a number point's value; ``shown``: a record as
    OTLP JSON, for people to see what was refused."""

    value: Callable[[Any], Any]
    attributes: Attributes
    hex: Callable[[Any, int], str | None]
    has: Callable[[Any, str], bool]
    data: Callable[[Any], tuple[str, Any] | None]
    number: Callable[[Any], float | None]
    shown: Callable[[Any], Any]
