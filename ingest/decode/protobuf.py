"""Reads the values of OTLP protobuf messages."""

import base64
from typing import Any

from ingest.decode.reader import Reader
from ingest.validate import DEPTH_LIMIT, Invalid

DATA = ("gauge", "sum", "histogram", "exponential_histogram", "summary")


def value(item: Any, level: int = 0) -> Any:
    kind = item.WhichOneof("value")
    if kind == "string_value":
        return item.string_value
    if kind == "int_value":
        return item.int_value
    if kind == "bool_value":
        return item.bool_value
    if kind == "double_value":
        return plain(item.double_value)
    if kind is None:
        return None
    if kind == "bytes_value":
        return base64.b64encode(item.bytes_value).decode()
    if level >= DEPTH_LIMIT:
        raise Invalid(f"attributes are nested deeper than {DEPTH_LIMIT} levels", "too_deep")
    if kind == "array_value":
        return [value(inner, level + 1) for inner in item.array_value.values]
    return {pair.key: value(pair.value, level + 1) for pair in item.kvlist_value.values}


def plain(number: float) -> float | str:
    """JSON has no NaN and no infinity; they become what protobuf's JSON calls them."""
    if number - number == 0:
        return number
    return "NaN" if number != number else "Infinity" if number > 0 else "-Infinity"


def attributes(pairs: Any) -> dict[str, Any]:
    found = {}
    for pair in pairs:
        item = pair.value
        # most values are strings; the others cost a look at the message
        found[pair.key] = item.string_value or value(item)
    return found


def hexed(raw: bytes, size: int) -> str | None:
    return raw.hex() if len(raw) == size and any(raw) else None


def data(metric: Any) -> tuple[str, Any] | None:
    kind = metric.WhichOneof("data")
    return (kind, getattr(metric, kind)) if kind else None


def number(point: Any) -> float | None:
    kind = point.WhichOneof("value")
    return getattr(point, kind) if kind else None


READER = Reader(value, attributes, hexed, lambda message, name: message.HasField(name), data, number)
