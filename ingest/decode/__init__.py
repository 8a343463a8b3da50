"""Bytes -> LogRecord | Span | MetricPoint, or a named reason why not."""

from ingest.decode.message import Decoded, Malformed, decode
from telemetry.records import Rejected

__all__ = ["Decoded", "Malformed", "Rejected", "decode"]
