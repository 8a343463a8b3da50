"""Secrets sent through every door: a minute after they are processed, no byte of them is left on the machine."""

import gzip
import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from ingest.redact.cards import luhn
from tests.journeys.product import Product

NOW = "2026-01-15T10:30:45Z"
REQUESTS = {
    "logs": logs_service_pb2.ExportLogsServiceRequest,
    "traces": trace_service_pb2.ExportTraceServiceRequest,
    "metrics": metrics_service_pb2.ExportMetricsServiceRequest,
}
STUBS: dict[str, Any] = {
    "logs": logs_service_pb2_grpc.LogsServiceStub,
    "traces": trace_service_pb2_grpc.TraceServiceStub,
    "metrics": metrics_service_pb2_grpc.MetricsServiceStub,
}


class Canaries:
    """Makes secrets that exist nowhere else, and remembers them."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.numbers = iter(range(10**9, 10**10, 7919))

    def keep(self, secret: str) -> str:
        self.made.append(secret)
        return secret

    def word(self) -> str:
        return self.keep(f"canary{uuid.uuid4().hex}")

    def email(self) -> str:
        return self.keep(f"canary.{uuid.uuid4().hex[:12]}@example.com")

    def bearer(self) -> str:
        return f"Bearer {self.keep(uuid.uuid4().hex)}"

    def jwt(self) -> str:
        return self.keep(f"eyJhbGciOiJIUzI1NiJ9.{uuid.uuid4().hex}.{uuid.uuid4().hex}")

    def card(self) -> str:
        start = f"45321{next(self.numbers)}"
        return self.keep(next(start + last for last in "0123456789" if luhn(start + last)))

    def ssn(self) -> str:
        number = next(self.numbers)
        return self.keep(f"{number % 600 + 100:03}-{number // 600 % 90 + 10:02}-{number // 54000 % 9000 + 1000:04}")

    def text(self) -> str:
        return (
            f"user {self.email()} paid with {self.card()}, ssn {self.ssn()}, password={self.word()} "
            f'header "Authorization: {self.bearer()}" cookie: sid={self.word()} jwt {self.jwt()}'
        )

    def attributes(self) -> list[dict[str, Any]]:
        nested = {"kvlistValue": {"values": [{"key": "db_password", "value": {"stringValue": self.word()}}]}}
        listed = {"arrayValue": {"values": [{"stringValue": self.email()}, nested]}}
        return [
            {"key": "api_key", "value": {"stringValue": self.word()}},
            {"key": "X-Secret-Token", "value": {"stringValue": self.word()}},
            {"key": "http.request.header.cookie", "value": {"arrayValue": {"values": [{"stringValue": self.word()}]}}},
            {"key": "deep", "value": {"kvlistValue": {"values": [{"key": "list", "value": listed}]}}},
            {"key": "note", "value": {"stringValue": self.text()}},
        ]


def otlp(signal: str, canaries: Canaries) -> dict[str, Any]:
    """An export request as OTLP JSON, with secrets wherever a sender could put one."""
    service = {"key": "service.name", "value": {"stringValue": "privacy"}}
    resource = {"attributes": [service, *canaries.attributes()]}
    ids = {"traceId": uuid.uuid4().hex, "spanId": uuid.uuid4().hex[:16]}
    if signal == "logs":
        plain = {"timeUnixNano": "1768000000000000000", "severityNumber": 17, **ids}
        body = {"kvlistValue": {"values": canaries.attributes()}}
        logs = [
            {**plain, "body": {"stringValue": canaries.text()}, "attributes": canaries.attributes()},
            {**plain, "body": body},
        ]
        return {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": logs}]}]}
    if signal == "traces":
        times = {"startTimeUnixNano": "1768000000000000000", "endTimeUnixNano": "1768000001000000000"}
        span = {
            **ids, **times, "name": f"GET /?token={canaries.word()}", "attributes": canaries.attributes(),
            "events": [{"name": canaries.text(), "attributes": canaries.attributes()}],
            "links": [{**ids, "attributes": canaries.attributes()}],
            "status": {"code": 2, "message": canaries.text()},
        }  # fmt: skip
        bad = {**span, "traceId": "", "name": canaries.text()}
        return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span, bad]}]}]}
    points = [{"timeUnixNano": "1768000000000000000", "asInt": "3", "attributes": canaries.attributes()}]
    metric = {"name": "paid", "sum": {"dataPoints": points, "aggregationTemporality": 2}}
    bad_metric = {"name": f"nothing {canaries.email()}"}
    return {"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [metric, bad_metric]}]}]}


def post(url: str, body: bytes, kind: str, **headers: str) -> int:
    request = urllib.request.Request(url, body, {"Content-Type": kind, **headers})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def as_message(signal: str, content: dict[str, Any]) -> Any:
    """The same request as protobuf; ids are hex in OTLP's JSON and base64 in protobuf's."""
    return json_format.ParseDict(without_ids(content), REQUESTS[signal]())


def without_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [without_ids(each) for each in value]
    if isinstance(value, dict):
        return {key: without_ids(each) for key, each in value.items() if key not in ("traceId", "spanId")}
    return value


def send_otlp(product: Product, canaries: Canaries) -> None:
    for signal in REQUESTS:
        as_json = json.dumps(otlp(signal, canaries)).encode()
        assert post(f"{product.otlp_http}/v1/{signal}", as_json, "application/json") == 200
        as_protobuf = as_message(signal, otlp(signal, canaries)).SerializeToString()
        zipped = gzip.compress(as_protobuf)
        url = f"{product.web_url}/v1/{signal}"
        assert post(url, zipped, "application/x-protobuf", **{"Content-Encoding": "gzip"}) == 200
        with grpc.insecure_channel(product.otlp_grpc) as channel:
            STUBS[signal](channel).Export(as_message(signal, otlp(signal, canaries)), timeout=30)


def send_json(product: Product, canaries: Canaries) -> None:
    url = f"{product.web_url}/api/ingest/log"
    log = {
        "timestamp": NOW, "service": "privacy", "level": "error", "message": canaries.text(),
        "error_code": "PRICE_MISSING",
        "user_id": canaries.email(), "attrs": {"password": canaries.word(), "list": [{"apiKey": canaries.word()}]},
        "refreshToken": canaries.word(),
    }  # fmt: skip
    bad = {"timestamp": NOW, "service": "privacy", "message": canaries.text(), "client_secret": canaries.word()}
    assert post(url, json.dumps([log, bad]).encode(), "application/json") == 202
    lines = "\n".join(json.dumps({**log, "message": canaries.text()}) for _ in range(3))
    assert post(url, lines.encode(), "application/x-ndjson") == 202
    # refused as a whole: nothing of it may be kept either
    assert post(url, f'{{"password": "{canaries.word()}", '.encode(), "application/json") == 400
    assert post(url, json.dumps(bad).encode(), "application/json") == 400
    assert post(f"{product.otlp_http}/v1/logs", canaries.word().encode(), "application/x-protobuf") == 400
    # and where nobody expects one
    assert post(f"{product.web_url}/api/ingest/{canaries.word()}", b"{}", "application/json") == 404
    assert post(f"{product.web_url}/v1/logs", b"", "application/json", Authorization=canaries.bearer()) == 400


def written(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file() and "static" not in path.parts:
            with suppress(FileNotFoundError):
                yield path, path.read_bytes()


def found(product: Product, canaries: Canaries) -> list[str]:
    """Where a secret still stands, the product's own output included."""
    places = [*written(product.data_dir), (product.output, product.output.read_bytes())]
    for url in (f"{product.web_url}/metrics", f"{product.health_url}/metrics"):
        with urllib.request.urlopen(url, timeout=30) as answer:
            places.append((Path(url), answer.read()))
    return [f"{secret} in {path}" for path, data in places for secret in canaries.made if secret.encode() in data]


@pytest.fixture
def quiet_product(migrated: Path, tmp_path: Path) -> Iterator[Product]:
    """One that nobody else sends to, so that what it holds is ours."""
    running = Product(tmp_path, migrated, LOG_LEVEL="debug")
    running.start()
    yield running
    running.stop()


def test_no_secret_is_left_anywhere_a_minute_after_it_was_processed(quiet_product):
    product, canaries = quiet_product, Canaries()
    send_otlp(product, canaries)
    send_json(product, canaries)
    assert len(product.rows_when(10, "SELECT id FROM raw_logs WHERE service = 'privacy'")) == 6 + 4
    assert len(product.rows_when(1, "SELECT id FROM spans")) == 1
    assert len(product.rows_when(3, "SELECT id FROM metric_points")) == 3
    assert len(product.rows_when(6, "SELECT id FROM ingest_deadletter")) > 5
    assert product.rows_when(1, "SELECT id FROM alerts"), "an alert keeps what it shows of its records"
    deadline = time.monotonic() + 60
    while places := found(product, canaries):
        assert time.monotonic() < deadline, places[:20]
        time.sleep(1)
    assert len(canaries.made) > 300
    seen = b"".join(data for _, data in written(product.data_dir))
    assert b"privacy" in seen, "the search would have found what is there"
    assert b"[REDACTED:jwt]" in seen
