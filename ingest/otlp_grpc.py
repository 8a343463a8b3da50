"""The door over gRPC: the three Export services of OTLP.

Bodies arrive as bytes and stay so. gRPC's own decompression knows no limit, so it is off, and ours is used: a gzip
stream starts with bytes that no export request can start with.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc
from django.conf import settings
from django.db import DatabaseError

from ingest import metrics, receive
from ingest.otlp_http import export_response
from ingest.receive import PROTOBUF, Door, Refused
from ingest.transport.interface import TransportFull

THREADS = 16
QUEUED = 64  # requests that may wait for a thread; more are told to come later
SERVICES = {
    "opentelemetry.proto.collector.logs.v1.LogsService": "logs",
    "opentelemetry.proto.collector.trace.v1.TraceService": "traces",
    "opentelemetry.proto.collector.metrics.v1.MetricsService": "metrics",
}
GZIP = b"\x1f\x8b"  # as protobuf: field 3 of the wire type 7, which doesn't exist
CODES: dict[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}

Export = Callable[[bytes, grpc.ServicerContext], bytes]


def server(door: Door) -> grpc.Server:
    """Not started, and without a port."""
    made = grpc.server(
        ThreadPoolExecutor(THREADS, "grpc"),
        maximum_concurrent_rpcs=THREADS + QUEUED,
        options=[
            ("grpc.max_receive_message_length", settings.INGEST_MAX_BYTES),
            ("grpc.per_message_decompression", 0),
            ("grpc.so_reuseport", 0),  # a port in use must be an error
        ],
    )
    made.add_generic_rpc_handlers(tuple(handler(name, export(door, signal)) for name, signal in SERVICES.items()))
    return made


def handler(service: str, method: Export) -> "grpc.GenericRpcHandler[bytes, bytes]":
    """No deserializer: the method gets the bytes."""
    return grpc.method_handlers_generic_handler(service, {"Export": grpc.unary_unary_rpc_method_handler(method)})


def export(door: Door, signal: str) -> Export:
    def method(body: bytes, context: grpc.ServicerContext) -> bytes:
        status = "OK"
        try:
            return take(door, signal, body, authorization(context))
        except Refused as refused:
            status = CODES[refused.code].name
            context.set_code(CODES[refused.code])
            context.set_details(refused.reason)
            context.set_trailing_metadata((("grpc-status-details-bin", receive.status_message(refused)),))
            return b""
        finally:
            metrics.REQUESTS.labels(f"grpc {signal}", status).inc()

    return method


def authorization(context: grpc.ServicerContext) -> str:
    return next((str(value) for name, value in context.invocation_metadata() if name == "authorization"), "")


def take(door: Door, signal: str, body: bytes, authorization: str) -> bytes:
    if door.keys.stale():
        try:
            door.keys.reload()
        except DatabaseError as error:
            raise receive.Unavailable("keys can't be read now", receive.RETRY_SECONDS) from error
    key = door.admit(authorization)
    value = receive.decompress(body, "gzip" if body.startswith(GZIP) else "")
    accepted = receive.examine(signal, PROTOBUF, value, key)
    if future := door.append(accepted):
        try:
            future.result(receive.DURABLE_SECONDS)
        except TransportFull as full:
            raise receive.Unavailable(str(full), full.retry_after) from full
        except Exception as error:
            raise receive.Unavailable("could not be stored now", receive.RETRY_SECONDS) from error
    return export_response(signal, accepted.rejected).SerializeToString()
