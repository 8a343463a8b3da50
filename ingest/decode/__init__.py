"""Bytes -> LogRecord | Span | MetricPoint, or a named reason why not."""

from ingest.decode.decoded import Decoded, Malformed
from ingest.decode.message import decode
from telemetry.records import Rejected

__all__ = ["Decoded", "Malformed", "Rejected", "decode"]
