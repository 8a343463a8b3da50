"""Reads the values of OTLP protobuf messages."""

import base64
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    ExponentialHistogramDataPoint,
    HistogramDataPoint,
    NumberDataPoint,
    SummaryDataPoint,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from ingest.decode.decoded import Malformed
from ingest.decode.reader import Reader
from ingest.validate import DEPTH_LIMIT, Invalid

DATA = ("gauge", "sum", "histogram", "exponential_histogram", "summary")


def value(item: Any, level: int = 0) -> Any:
    # most are strings or whole numbers; the kind of others costs a look
    if found := item.string_value or item.int_value:
        return found
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


class Pairs(dict[bytes, tuple[str, Any]]):
    """Attributes by their bytes, remembered: most have come before. Not those that could be changed later, though."""

    SIZE = 50_000
    LENGTH = 200  # bytes; longer ones are not remembered

    def __missing__(self, raw: bytes) -> tuple[str, Any]:
        try:
            item = KeyValue.FromString(raw)
        except DecodeError as error:
            raise Malformed(f"not an OTLP protobuf message: {error}") from None
        pair = item.key, value(item.value)
        if len(raw) <= self.LENGTH and not isinstance(pair[1], list | dict):
            if len(self) >= self.SIZE:
                self.clear()
            self[raw] = pair
        return pair


_pairs = Pairs()


def attributes(raws: Any) -> dict[str, Any]:
    """Of a message of lean.py."""
    return dict(map(_pairs.__getitem__, raws))


def hexed(raw: bytes, size: int) -> str | None:
    return raw.hex() if len(raw) == size and raw.strip(b"\0") else None


def data(metric: Any) -> tuple[str, Any] | None:
    kind = metric.WhichOneof("data")
    return (kind, getattr(metric, kind)) if kind else None


def number(point: Any) -> float | None:
    kind = point.WhichOneof("value")
    return getattr(point, kind) if kind else None


FULL = {
    message.DESCRIPTOR.full_name: message
    for message in (
        LogRecord, Span, NumberDataPoint, HistogramDataPoint, ExponentialHistogramDataPoint, SummaryDataPoint
    )
}  # fmt: skip
IDS = {"traceId": "trace_id", "spanId": "span_id", "parentSpanId": "parent_span_id"}


def shown(item: Any) -> Any:
    made = MessageToDict(FULL[item.DESCRIPTOR.full_name].FromString(item.SerializeToString()))
    return made | {name: getattr(item, field).hex() for name, field in IDS.items() if name in made}


READER = Reader(value, attributes, hexed, lambda message, name: message.HasField(name), data, number, shown)
