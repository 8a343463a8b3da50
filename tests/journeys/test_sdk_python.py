"""The official OpenTelemetry SDK for Python: every log, span and metric it sends is stored exactly once."""

import logging
import uuid
from collections import Counter
from importlib import import_module
from typing import Any

import pytest
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

# The SDK itself says that its handler will move to another package.
pytestmark = pytest.mark.filterwarnings("ignore:.*LoggingHandler.*:DeprecationWarning")
COUNT = 300


@pytest.fixture(params=["http", "grpc"])
def sdk(request, product):
    """A service with an SDK of its own; its name is unique, so that its records are known by it."""
    service = f"python-{request.param}-{uuid.uuid4().hex[:8]}"
    resource = Resource.create({"service.name": service, "service.version": "1.2.3"})
    package = f"opentelemetry.exporter.otlp.proto.{request.param}"

    def exporter(module: str, name: str, path: str) -> Any:
        kind = getattr(import_module(f"{package}.{module}"), name)
        if request.param == "grpc":
            return kind(endpoint=product.otlp_grpc, insecure=True)
        return kind(endpoint=f"{product.otlp_http}{path}")

    spans = TracerProvider(resource=resource)
    spans.add_span_processor(BatchSpanProcessor(exporter("trace_exporter", "OTLPSpanExporter", "/v1/traces")))
    logs = LoggerProvider(resource=resource)
    logs.add_log_record_processor(BatchLogRecordProcessor(exporter("_log_exporter", "OTLPLogExporter", "/v1/logs")))
    reader = PeriodicExportingMetricReader(
        exporter("metric_exporter", "OTLPMetricExporter", "/v1/metrics"), export_interval_millis=3_600_000
    )
    meters = MeterProvider([reader], resource)
    yield service, spans, logs, meters
    for provider in (spans, logs, meters):
        provider.shutdown()


def test_every_record_is_stored_once(product, sdk):
    service, spans, logs, meters = sdk
    log = logging.Logger(service)
    log.addHandler(LoggingHandler(logger_provider=logs))
    tracer = spans.get_tracer("journey")
    counter = meters.get_meter("journey").create_counter("journeys", unit="{journey}")
    latency = meters.get_meter("journey").create_histogram("latency", unit="ms")

    for n in range(COUNT):
        with tracer.start_as_current_span(f"span {n}"):
            log.error(f"message {n}", extra={"error_code": "JOURNEY", "user_id": f"u-{n}", "n": n})
            counter.add(1, {"half": n % 2})
            latency.record(n, {"half": n % 2})
    for provider in (spans, logs, meters):
        assert provider.force_flush()

    stored = product.rows_when(
        COUNT,
        "SELECT message, level, error_code, user_id, trace_id, span_id, app_version FROM raw_logs WHERE service = ?",
        service,
    )
    assert Counter(row[0] for row in stored) == Counter(f"message {n}" for n in range(COUNT))
    assert {(row[1], row[2], row[6]) for row in stored} == {("error", "JOURNEY", "1.2.3")}
    assert {row[0].split()[1] for row in stored} == {row[3].removeprefix("u-") for row in stored}

    stored_spans = product.rows_when(COUNT, "SELECT name, trace_id, span_id FROM spans WHERE service = ?", service)
    assert Counter(row[0] for row in stored_spans) == Counter(f"span {n}" for n in range(COUNT))
    # each log is tied to the span it was written in
    where = {row[0].split()[1]: row[1:] for row in stored_spans}
    assert {row[0].split()[1]: (row[4], row[5]) for row in stored} == where

    points = product.rows_when(
        4,
        "SELECT name, kind, value, count, total FROM metric_points WHERE service = ? AND name IN (?, ?)",
        service,
        "journeys",
        "latency",
    )
    halves = [sum(range(half, COUNT, 2)) for half in (0, 1)]
    assert sorted(points, key=str) == sorted(
        [("journeys", "sum", COUNT / 2, None, None)] * 2
        + [("latency", "histogram", None, COUNT // 2, float(total)) for total in halves],
        key=str,
    )
