"""The door over HTTP, on a real server."""

import concurrent.futures
import gzip
import json
import zlib

import pytest
import requests
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse

from ingest import receive

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
LOG = {"timestamp": "2026-11-24T00:00:00Z", "service": "checkout", "level": "error", "message": "no price"}


def post(receiver, path, body, content_type, **headers):
    headers = {"Content-Type": content_type, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return requests.post(receiver.url + path, data=body, headers=headers, timeout=30)


def export(*messages: str) -> bytes:
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    for message in messages:
        records.add(time_unix_nano=1_800_000_000_000_000_000).body.string_value = message
    return request.SerializeToString()


def test_a_protobuf_request_is_answered_in_protobuf_and_queued_as_it_came(receiver):
    answer = post(receiver, "/v1/logs", export("one"), PROTOBUF)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, PROTOBUF)
    assert ExportLogsServiceResponse.FromString(answer.content) == ExportLogsServiceResponse()
    topic, headers, value = receiver.queued()[-1]
    assert (topic, json.loads(headers), value) == ("otel-logs", {"encoding": "protobuf"}, export("one"))


@pytest.mark.parametrize(
    ("path", "topic"), [("logs", "otel-logs"), ("traces", "otel-traces"), ("metrics", "otel-metrics")]
)
def test_an_empty_request_is_fine_and_queues_nothing(receiver, path, topic):
    before = len(receiver.queued())
    assert post(receiver, f"/v1/{path}", b"", PROTOBUF).status_code == 200
    answer = post(receiver, f"/v1/{path}", b"{}", JSON)
    assert (answer.status_code, answer.json(), answer.headers["Content-Type"]) == (200, {}, JSON)
    assert len(receiver.queued()) == before


def test_a_gzip_body_is_queued_decompressed(receiver):
    body = export("zipped")
    members = gzip.compress(body[:10]) + gzip.compress(body[10:])
    for zipped in (gzip.compress(body), members):
        assert post(receiver, "/v1/logs", zipped, PROTOBUF, content_encoding="gzip").status_code == 200
        assert receiver.queued()[-1][2] == body


def test_json_logs_come_as_an_object_an_array_or_lines(receiver):
    one, lines = json.dumps(LOG), "\n".join([json.dumps(LOG)] * 3)
    cases = [(one, JSON, 1), (f"[{one},{one}]", JSON, 2), (lines, "application/x-ndjson", 3), (lines, JSON, 3)]
    for body, content_type, count in [*cases, (lines, "text/plain", 3)]:
        answer = post(receiver, "/api/ingest/log", body, content_type)
        assert (answer.status_code, answer.json()) == (202, {"accepted": count, "rejected": []})


def test_what_is_rejected_is_told_and_queued_for_the_dead_letters(receiver):
    body = json.dumps([LOG, {"service": "checkout"}])
    answer = post(receiver, "/api/ingest/log", body, JSON)
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 1
    assert [each["index"] for each in answer.json()["rejected"]] == [1]
    assert receiver.queued()[-1][2] == body.encode()


def test_where_nothing_is_valid_the_sender_keeps_it(receiver):
    before = len(receiver.queued())
    answer = post(receiver, "/api/ingest/log", json.dumps({"service": "checkout"}), JSON)
    assert answer.status_code == 400
    assert answer.json()["accepted"] == 0
    assert answer.json()["rejected"][0]["index"] == 0
    assert answer.json()["detail"]
    assert len(receiver.queued()) == before


def test_a_browser_may_send(receiver):
    answer = requests.options(receiver.url + "/v1/traces", headers={"Origin": "https://shop.example"}, timeout=60)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == "content-type, authorization, content-encoding"


def test_a_page_that_points_its_own_name_at_us_may_not(receiver):
    answer = post(receiver, "/v1/logs", b"{}", JSON, Host="evil.example:4318")
    assert answer.status_code == 403


def test_nothing_else_is_served(receiver):
    assert requests.get(receiver.url + "/healthz", timeout=60).status_code == 200
    assert requests.get(receiver.url + "/readyz", timeout=60).json()["parts"] == {"default": "ok", "queue": "ok"}
    assert requests.get(receiver.url + "/admin/", timeout=60).status_code == 404
    wrong = requests.get(receiver.url + "/v1/logs", timeout=60)
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "POST, OPTIONS")


def test_a_killed_receiver_loses_nothing_it_has_answered(start_receiver):
    receiver = start_receiver()
    answered = []

    def send(number: int) -> None:
        try:
            answer = post(receiver, "/v1/logs", export(f"message {number}"), PROTOBUF)
        except requests.ConnectionError:
            return
        assert answer.status_code == 200
        answered.append(number)
        if len(answered) == 60:
            receiver.process.kill()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(200)))
    receiver.process.wait(60)
    kept = {bytes(value) for _, _, value in receiver.queued()}
    assert len(answered) >= 60
    assert all(export(f"message {number}") in kept for number in answered)


def test_a_full_queue_tells_senders_to_wait(start_receiver):
    receiver = start_receiver(STACKLENS_QUEUE_MAX_BYTES=str(2**20))
    assert post(receiver, "/v1/logs", export("x" * 1_100_000), PROTOBUF).status_code == 200
    answer = post(receiver, "/v1/logs", export("x"), PROTOBUF)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    status = Status.FromString(answer.content)
    assert status.code == 14
    assert "full" in status.message


def test_a_port_in_use_is_named(start_receiver):
    first = start_receiver()
    with pytest.raises(AssertionError, match="STACKLENS_OTLP_HTTP_PORT: cannot listen on 127"):
        start_receiver(STACKLENS_OTLP_HTTP_PORT=str(first.http_port))
    with pytest.raises(AssertionError, match="STACKLENS_OTLP_GRPC_PORT: cannot listen on 127"):
        start_receiver(STACKLENS_OTLP_GRPC_PORT=str(first.grpc_port))
    assert first.stop() == 0


def test_status_is_what_google_defines():
    plain = Status.FromString(receive.status_message(receive.BadRequest("no " * 100)))
    assert (plain.code, plain.message, len(plain.details)) == (3, "no " * 100, 0)
    later = Status.FromString(receive.status_message(receive.Unavailable("later", 300)))
    retry = RetryInfo()
    assert later.details[0].Unpack(retry)
    assert retry.retry_delay.seconds == 300


@pytest.mark.parametrize(("size", "fits"), [(999, True), (1000, True), (1001, False)])
def test_what_gzip_holds_is_counted_while_it_is_unpacked(size, fits):
    packed = gzip.compress(b"x" * size)
    if fits:
        assert len(receive.gunzip(packed, 1000)) == size
    else:
        with pytest.raises(receive.TooLarge):
            receive.gunzip(packed, 1000)


@pytest.mark.parametrize(
    "body", [b"x", gzip.compress(b"cut off", mtime=0)[:-4], zlib.compress(b"zlib"), gzip.compress(b"") * 200]
)
def test_what_is_not_gzip_is_refused(body):
    with pytest.raises(receive.BadRequest):
        receive.gunzip(body, 1000)
