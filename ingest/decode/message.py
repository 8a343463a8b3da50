"""One message of the transport: which encoding it has, and its records."""

from collections.abc import Callable
from typing import Any

import msgspec
from google.protobuf.message import DecodeError

from ingest.decode import lean, otlp_json, protobuf
from ingest.decode.decoded import Decoded, Malformed
from ingest.decode.json_log import json_logs
from ingest.decode.logs import logs
from ingest.decode.metrics import metrics
from ingest.decode.otlp import Walk
from ingest.decode.reader import Reader
from ingest.decode.spans import spans

WALKS: dict[str, Callable[[Any, Walk], None]] = {"logs": logs, "traces": spans, "metrics": metrics}
JSON: dict[str, msgspec.json.Decoder[Any]] = {
    "logs": msgspec.json.Decoder(otlp_json.LogsRequest),
    "traces": msgspec.json.Decoder(otlp_json.TracesRequest),
    "metrics": msgspec.json.Decoder(otlp_json.MetricsRequest),
}
OTLP_KEYS = (b'"resourceLogs"', b'"resourceSpans"', b'"resourceMetrics"')


def decode(
    value: bytes, *, signal: str, encoding: str | None, received_at: int, default_service: str | None = None
) -> Decoded:
    """``signal``: logs, traces or metrics; ``encoding``: protobuf, json (OTLP), log (plain JSON), or None to tell it
    from the content; ``received_at``: nanoseconds, the time of records without one. Raises Malformed."""
    signal = "traces" if signal == "spans" else signal
    encoding = encoding or tell(value)
    if encoding == "log":
        return json_logs(value, default_service)
    request, reader = (read_json if encoding == "json" else read_protobuf)(value, signal)
    walk = Walk(reader, received_at, default_service)
    try:
        WALKS[signal](request, walk)
    except RecursionError as error:
        raise Malformed("values are nested too deeply") from error
    return walk.decoded


def read_json(value: bytes, signal: str) -> tuple[Any, Reader]:
    decoder = JSON[signal]
    try:
        try:
            return decoder.decode(value), otlp_json.READER
        except msgspec.ValidationError:
            return msgspec.convert(without_nulls(msgspec.json.decode(value)), decoder.type), otlp_json.READER
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"not OTLP JSON: {error}") from None


def without_nulls(value: Any) -> Any:
    """In protobuf's JSON null is what isn't given; hardly anyone writes it."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def read_protobuf(value: bytes, signal: str) -> tuple[Any, Reader]:
    try:
        return lean.REQUESTS[signal].FromString(value), protobuf.READER
    except DecodeError as error:
        raise Malformed(f"not an OTLP protobuf message: {error}") from None


def tell(value: bytes) -> str:
    start = value.lstrip()[:1]
    if start not in (b"{", b"["):
        return "protobuf"
    if value.startswith(b"\n"):
        # 0x0A is also how a protobuf request begins; JSON is what is valid as JSON
        try:
            msgspec.json.decode(value, type=msgspec.Raw)
        except msgspec.DecodeError:
            return "protobuf"
    return "json" if any(key in value[:400] for key in OTLP_KEYS) else "log"
