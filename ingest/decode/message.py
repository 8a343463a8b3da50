"""One message of the transport: which encoding it has, and its records."""

from collections.abc import Callable
from typing import Any

import msgspec
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from ingest.decode import otlp, otlp_json, protobuf
from ingest.validate import Invalid, log_record
from telemetry.records import Record, Rejected

PAYLOAD_LIMIT = 20_000  # characters of a refused record that are kept


class Malformed(ValueError):
    """The message as a whole can't be read; the text says where it fails."""


class Decoded(msgspec.Struct):
    """``indexes[i]`` is the place within the message of ``records[i]``; the refused ones have theirs."""

    records: list[Record] = msgspec.field(default_factory=list)
    indexes: list[int] = msgspec.field(default_factory=list)
    rejected: list[Rejected] = msgspec.field(default_factory=list)


PROTOBUF: dict[str, Callable[[], Any]] = {
    "logs": ExportLogsServiceRequest,
    "traces": ExportTraceServiceRequest,
    "metrics": ExportMetricsServiceRequest,
}
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
        return json_logs(value)
    if encoding == "json":
        try:
            request: Any = JSON[signal].decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Malformed(f"not OTLP JSON: {error}") from None
        reader = otlp_json.READER
    else:
        request = PROTOBUF[signal]()
        try:
            request.ParseFromString(value)
        except DecodeError as error:
            raise Malformed(f"not an OTLP protobuf message: {error}") from None
        reader = protobuf.READER
    decoded = Decoded()
    try:
        for index, item in enumerate(otlp.WALKS[signal](request, reader, received_at, default_service)):
            if isinstance(item, Invalid):
                decoded.rejected.append(
                    Rejected(index=index, reason=item.reason, error=str(item), payload=payload_of(item))
                )
            else:
                decoded.records.append(item)
                decoded.indexes.append(index)
    except RecursionError as error:
        raise Malformed("values are nested too deeply") from error
    return decoded


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


def json_logs(value: bytes) -> Decoded:
    """An object, an array, or one object a line."""
    decoded = Decoded()
    for index, item in enumerate(items(value)):
        try:
            record = log_record(item)
        except Invalid as invalid:
            decoded.rejected.append(
                Rejected(index=index, reason=invalid.reason, error=str(invalid), payload=as_payload(item))
            )
        except RecursionError:
            decoded.rejected.append(Rejected(index=index, reason="too_deep", error="values are nested too deeply"))
        except Exception as error:
            failed = f"{type(error).__name__} in our own code"
            decoded.rejected.append(Rejected(index=index, reason="internal", error=failed, payload=as_payload(item)))
        else:
            decoded.records.append(record)
            decoded.indexes.append(index)
    return decoded


def items(value: bytes) -> list[Any]:
    if not value.strip():
        raise Malformed("the body is empty")
    try:
        whole = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        lines = [line for line in value.splitlines() if line.strip()]
        if len(lines) < 2:
            raise Malformed(f"not JSON: {error}") from None
        return [line_of(number, line) for number, line in enumerate(lines)]
    return whole if isinstance(whole, list) else [whole]


def line_of(number: int, line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"line {number + 1} is not JSON: {error}") from None


def as_payload(item: Any) -> str:
    return msgspec.json.encode(item).decode()[:PAYLOAD_LIMIT]


def payload_of(invalid: Invalid) -> str:
    return str(getattr(invalid, "payload", ""))[:PAYLOAD_LIMIT]
