"""One service of the shop as OpenTelemetry sees it: its own resource, tracer, logger and instruments."""

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator
from typing import Any

from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, Status, StatusCode, use_span

from demo.clock import SECOND, Clock
from demo.exports import Exports


class Failure(Exception):
    """What a service answers when it can't do what it was asked."""


class Service:
    def __init__(self, name: str, version: str, exports: Exports, clock: Clock) -> None:
        self.name, self.clock = name, clock
        self.busy = 0
        resource = Resource.create(
            {
                "service.name": name,
                "service.version": version,
                "deployment.environment.name": "demo",
                "host.name": f"{name}-{version.replace('.', '')}-x7k2p",
            }
        )
        spans = TracerProvider(resource=resource, id_generator=exports.ids())
        spans.add_span_processor(exports.spans())
        logs = LoggerProvider(resource=resource)
        logs.add_log_record_processor(exports.logs())
        meters = MeterProvider([exports.metrics()], resource)
        self.providers = (spans, logs, meters)

        self.tracer = spans.get_tracer("demo.shop")
        self.log = logging.Logger(name)  # not from getLogger: nothing of it goes to the terminal
        self.log.addFilter(self.stamp)
        self.log.addHandler(handler(logs))
        meter = meters.get_meter("demo.shop")
        self.requests = meter.create_counter("http.server.requests", "{request}", "Requests by route and status")
        self.latency = meter.create_histogram("http.server.request.duration", "s", "Time to answer a request")
        meter.create_observable_gauge("shop.queue.depth", [self.queue_depth], "{request}", "Requests in work")

    def queue_depth(self, options: CallbackOptions) -> Iterator[Observation]:
        yield Observation(self.busy)

    def stamp(self, record: logging.LogRecord) -> bool:
        record.created = self.clock.now() / SECOND
        return True

    @contextlib.contextmanager
    def answering(self, operation: str, kind: SpanKind = SpanKind.INTERNAL, **attributes: Any) -> Iterator[None]:
        """One operation: a span, a request counted, its latency. A Failure marks all three and goes on."""
        began, status = self.clock.now(), "success"
        self.busy += 1
        span = self.tracer.start_span(operation, kind=kind, attributes=attributes, start_time=began)
        try:
            with use_span(span, record_exception=False, set_status_on_exception=False):
                yield
        except Failure as failure:
            status = "failure"
            span.record_exception(failure, timestamp=self.clock.now())
            span.set_status(Status(StatusCode.ERROR, str(failure)))
            raise
        finally:
            self.busy -= 1
            span.end(self.clock.now())
            labels = {"operation": operation, "status": status}
            self.requests.add(1, labels)
            self.latency.record((self.clock.now() - began) / SECOND, labels)

    def close(self) -> None:
        for provider in self.providers:
            provider.shutdown()


def handler(logs: LoggerProvider) -> logging.Handler:
    with warnings.catch_warnings():
        # the SDK's handler moves to a package of its own one day; until then it is the one that needs nothing else
        warnings.simplefilter("ignore", DeprecationWarning)
        return LoggingHandler(logging.DEBUG, logs)


def endpoint() -> str:
    ours = f"http://127.0.0.1:{os.environ.get('STACKLENS_OTLP_HTTP_PORT') or 4318}"
    return (os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or ours).rstrip("/")
