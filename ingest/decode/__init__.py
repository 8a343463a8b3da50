"""Bytes -> LogRecord | Span | MetricPoint, or a named reason why not."""

from ingest.decode.decoded import Decoded, Malformed
from ingest.decode.message import OTLP_KEYS, decode, tell
from telemetry.records import Rejected

__all__ = ["OTLP_KEYS", "Decoded", "Malformed", "Rejected", "decode", "tell"]
