"""Where the shop's telemetry goes: over OTLP to whoever listens, or kept until it is asked for."""

import random
from typing import Protocol

from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LogRecordProcessor
from opentelemetry.sdk._logs.export import (
    BatchLogRecordProcessor,
    InMemoryLogRecordExporter,
    SimpleLogRecordProcessor,
)
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator

EXPORT_MILLIS = 500  # how long logs and spans wait for company
METRIC_MILLIS = 5000


class Exports(Protocol):
    """Each is asked for once by every service."""

    def spans(self) -> SpanProcessor: ...

    def logs(self) -> LogRecordProcessor: ...

    def metrics(self) -> MetricReader: ...

    def ids(self) -> IdGenerator: ...


class Otlp:
    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def spans(self) -> SpanProcessor:
        return BatchSpanProcessor(OTLPSpanExporter(f"{self.endpoint}/v1/traces"), schedule_delay_millis=EXPORT_MILLIS)

    def logs(self) -> LogRecordProcessor:
        return BatchLogRecordProcessor(OTLPLogExporter(f"{self.endpoint}/v1/logs"), schedule_delay_millis=EXPORT_MILLIS)

    def metrics(self) -> MetricReader:
        return PeriodicExportingMetricReader(OTLPMetricExporter(f"{self.endpoint}/v1/metrics"), METRIC_MILLIS)

    def ids(self) -> IdGenerator:
        return RandomIdGenerator()


class Kept:
    """What came of all services, as OTLP bodies; the same for the same dice. What the SDK stamps with the world's time
    gets the shop's."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.span_store = InMemorySpanExporter()
        self.log_store = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]
        self.readers: list[InMemoryMetricReader] = []

    def spans(self) -> SpanProcessor:
        return SimpleSpanProcessor(self.span_store)

    def logs(self) -> LogRecordProcessor:
        return SimpleLogRecordProcessor(self.log_store)

    def metrics(self) -> MetricReader:
        self.readers.append(InMemoryMetricReader())
        return self.readers[-1]

    def ids(self) -> IdGenerator:
        return Ids(self.dice)

    def take_spans(self) -> bytes:
        """Empty when there are none; so is the next."""
        found = self.span_store.get_finished_spans()
        self.span_store.clear()
        return encode_spans(found).SerializeToString() if found else b""

    def take_logs(self) -> bytes:
        found = self.log_store.get_finished_logs()
        self.log_store.clear()
        request = encode_logs(found)
        for part in request.resource_logs:
            for record in (record for scope in part.scope_logs for record in scope.log_records):
                record.observed_time_unix_nano = record.time_unix_nano
        return request.SerializeToString() if found else b""

    def read_metrics(self, since: int, now: int) -> list[bytes]:
        """A body for each service; counters began at ``since``."""
        bodies = []
        for reader in self.readers:
            data = reader.get_metrics_data()
            if data is None:
                continue
            request = encode_metrics(data)
            for part in request.resource_metrics:
                for metric in (metric for scope in part.scope_metrics for metric in scope.metrics):
                    for point in getattr(metric, str(metric.WhichOneof("data"))).data_points:
                        point.start_time_unix_nano, point.time_unix_nano = since, now
                        point.ClearField("exemplars")
            bodies.append(request.SerializeToString())
        return bodies


class Ids(IdGenerator):
    """Of traces and spans, from the shop's own dice."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice

    def generate_trace_id(self) -> int:
        return self.dice.getrandbits(128) or 1

    def generate_span_id(self) -> int:
        return self.dice.getrandbits(64) or 1
