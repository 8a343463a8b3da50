"""The door over gRPC, on a real server."""

import gzip

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse

from tests.ingest.test_receive import export

LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
MIB = 2**20


@pytest.fixture
def send(receiver):
    """Bytes in, bytes out."""
    channel = grpc.insecure_channel(f"127.0.0.1:{receiver.grpc_port}")
    yield lambda body, method=LOGS, **options: channel.unary_unary(method, bytes, bytes)(body, timeout=60, **options)
    channel.close()


def test_a_request_is_queued_when_it_is_answered(receiver, send):
    assert ExportLogsServiceResponse.FromString(send(export("over grpc"))) == ExportLogsServiceResponse()
    assert receiver.queued()[-1][2] == export("over grpc")


@pytest.mark.parametrize("name", ["trace.v1.TraceService", "metrics.v1.MetricsService"])
def test_every_signal_has_its_service(send, name):
    assert send(b"", f"/opentelemetry.proto.collector.{name}/Export") == b""


def test_gzip_is_understood(receiver, send):
    send(export("zipped" * 100), compression=grpc.Compression.Gzip)
    assert receiver.queued()[-1][2] == export("zipped" * 100)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (export("cut")[:-2], grpc.StatusCode.INVALID_ARGUMENT),
        (b"\0" * (21 * MIB), grpc.StatusCode.RESOURCE_EXHAUSTED),
        (gzip.compress(b"\0" * (100 * MIB)), grpc.StatusCode.RESOURCE_EXHAUSTED),
        (gzip.compress(b"\0" * 100)[:-3], grpc.StatusCode.INVALID_ARGUMENT),
    ],
    ids=["truncated", "too large", "bomb", "cut gzip"],
)
def test_what_is_wrong_has_its_code(receiver, send, body, code):
    before = receiver.peak_bytes()
    with pytest.raises(grpc.RpcError) as raised:
        send(body)
    assert raised.value.code() == code
    assert receiver.peak_bytes() - before < 90 * MIB
    send(export("still there"))


def test_a_bomb_that_grpc_itself_would_unpack_does_not_go_off(receiver, send):
    before = receiver.peak_bytes()
    with pytest.raises(grpc.RpcError) as raised:
        send(b"\0" * (100 * MIB), compression=grpc.Compression.Gzip)
    assert raised.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert receiver.peak_bytes() - before < 70 * MIB


def test_a_full_queue_says_when_to_come_again(start_receiver):
    receiver = start_receiver(STACKLENS_QUEUE_MAX_BYTES=str(2**20))
    with grpc.insecure_channel(f"127.0.0.1:{receiver.grpc_port}") as channel:
        call = channel.unary_unary(LOGS, bytes, bytes)
        call(export("x" * 1_100_000), timeout=60)
        with pytest.raises(grpc.RpcError) as raised:
            call(export("x"), timeout=60)
    assert raised.value.code() == grpc.StatusCode.UNAVAILABLE
    details = {each.key: each.value for each in raised.value.trailing_metadata()}["grpc-status-details-bin"]
    retry = RetryInfo()
    assert Status.FromString(details).details[0].Unpack(retry)
    assert retry.retry_delay.seconds > 0
