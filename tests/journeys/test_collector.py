"""The real Collector with our configuration: what it confirms is in Kafka, and becomes an alert; no secret is there."""

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from http.cookiejar import CookieJar
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.journeys.product import Product
from tests.servers import Collector, Kafka
from tests.tools import program

TOPICS: dict[str, type[Message]] = {
    "otel-logs": ExportLogsServiceRequest,
    "otel-traces": ExportTraceServiceRequest,
    "otel-metrics": ExportMetricsServiceRequest,
}
SECRET = "canary-4711"
NO_ANSWER = 0


def make_topics(brokers: str) -> None:
    admin = AdminClient({"bootstrap.servers": brokers})
    for future in admin.create_topics([NewTopic(name, 3, 1) for name in TOPICS]).values():
        try:
            future.result(10)
        except Exception as error:
            if "TOPIC_ALREADY_EXISTS" not in str(error):
                raise


@pytest.fixture(scope="module")
def collector(kafka) -> Iterator[Any]:
    make_topics(kafka.brokers)
    running = Collector(KAFKA_BROKERS=kafka.brokers)
    try:
        yield running.start()
    finally:
        running.remove()


def post(url: str, path: str, body: dict[str, Any]) -> int:
    """The status, or NO_ANSWER when there was none in the time that SDKs wait."""
    request = urllib.request.Request(url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except TimeoutError:
        return NO_ANSWER


def in_topic(brokers: str, topic: str) -> list[Any]:
    """All that is in the topic now, as export requests."""
    reader = Consumer({"bootstrap.servers": brokers, "group.id": uuid.uuid4().hex, "enable.auto.commit": False})
    messages = []
    try:
        for partition in range(3):
            low, high = reader.get_watermark_offsets(TopicPartition(topic, partition), timeout=60)
            reader.assign([TopicPartition(topic, partition, low)])
            while low < high:
                if (message := reader.poll(5)) is None:
                    raise AssertionError(f"{topic}: offset {low} of {high} does not come")
                assert message.error() is None
                messages.append(TOPICS[topic].FromString(message.value() or b""))
                low += 1
    finally:
        reader.close()
    return messages


def bodies(brokers: str) -> list[str]:
    return [
        log.body.string_value
        for request in in_topic(brokers, "otel-logs")
        for of_resource in request.resource_logs
        for of_scope in of_resource.scope_logs
        for log in of_scope.log_records
    ]


def attributes(pairs: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value if isinstance(value, dict) else {"stringValue": value}}
            for key, value in pairs.items()]  # fmt: skip


def logs(*messages: str, **more: Any) -> dict[str, Any]:
    records = [{"timeUnixNano": str(time.time_ns()), "severityNumber": 17, "body": {"stringValue": message}} | more
               for message in messages]  # fmt: skip
    resource = {"attributes": attributes({"service.name": "checkout"})}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]}


def spans(*trace_ids: str) -> dict[str, Any]:
    made = [{"traceId": trace_id, "spanId": "00f067aa0ba902b7", "name": "pay", "kind": 2,
             "startTimeUnixNano": "1", "endTimeUnixNano": "2"} for trace_id in trace_ids]  # fmt: skip
    return {"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": made}]}]}


def test_what_curl_sends_is_in_the_topic_of_logs(collector, kafka):
    message = f"test {uuid.uuid4()}"
    body = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1000000","body":{"stringValue":"%s"}}]}]}]}'
    sent = subprocess.run(
        [program("curl"), "-sS", "--fail-with-body", "-X", "POST", f"{collector.url}/v1/logs",
         "-H", "Content-Type: application/json", "-d", body % message],
        capture_output=True, text=True, timeout=20,
    )  # fmt: skip
    assert (sent.returncode, sent.stdout) == (0, '{"partialSuccess":{}}'), sent.stderr
    assert bodies(kafka.brokers).count(message) == 1


KEYS = ("password", "token", "api_key", "credit_card", "ssn", "db.password", "accessToken", "X-API-Key", "user_SSN")
HARMLESS = {"gen_ai.usage.input_tokens": {"intValue": "42"}, "lessness": "kept", "note": 'she wrote "token" twice'}


def planted() -> list[dict[str, Any]]:
    """Secrets as text, number and list, in a map inside a map, and in JSON text; and what is none."""
    flat = dict.fromkeys(KEYS, SECRET)
    number = {"pin.password": {"intValue": "47110815"}}
    list_ = {"tokens.token": {"arrayValue": {"values": [{"stringValue": SECRET}]}}}
    inner = {"kvlistValue": {"values": attributes({"card": {"kvlistValue": {"values": attributes(flat)}}})}}
    text = json.dumps({"user": "u", "password": SECRET, "nested": {"api_key": [SECRET]}})
    return attributes(flat | number | list_ | {"form": inner, "request": text} | HARMLESS)


def test_no_secret_under_a_secret_key_reaches_kafka_in_any_signal(collector, kafka):
    pairs = planted()
    map_body = {"kvlistValue": {"values": pairs}}
    everywhere = {"attributes": pairs}
    scope = {"name": "s", "attributes": pairs}
    time_ = {"timeUnixNano": str(time.time_ns())}
    number = time_ | everywhere | {"asInt": "1"}
    span = spans("4bf92f3577b34da6a3ce929d0e0e4736")["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    requests = {
        "/v1/logs": {"resourceLogs": [{"resource": everywhere, "scopeLogs": [
            {"scope": scope, "logRecords": [time_ | everywhere | {"body": map_body}]}]}]},
        "/v1/traces": {"resourceSpans": [{"resource": everywhere, "scopeSpans": [
            {"scope": scope, "spans": [span | everywhere | {"events": [time_ | everywhere | {"name": "e"}]}]}]}]},
        "/v1/metrics": {"resourceMetrics": [{"resource": everywhere, "scopeMetrics": [
            {"scope": scope, "metrics": [{"name": "m", "gauge": {"dataPoints": [number]}}]}]}]},
    }  # fmt: skip
    for path, body in requests.items():
        assert post(collector.url, path, body) == 200
    for topic in TOPICS:
        sent = [request for request in in_topic(kafka.brokers, topic) if "lessness" in str(request)]
        assert len(sent) == 1
        text = str(sent[0])
        assert SECRET not in text
        assert "47110815" not in text
        assert "****" in text
        for kept in ("42", "kept", "she wrote", "form"):
            assert kept in text, (topic, kept)


@pytest.mark.parametrize(("percentage", "kept"), [("0", range(1)), ("50", range(60, 141)), ("100", range(200, 201))])
def test_traces_are_sampled_by_environment_and_logs_are_not(kafka, percentage, kept):
    running = Collector(KAFKA_BROKERS=kafka.brokers, OTEL_TRACES_SAMPLING_PERCENTAGE=percentage)
    try:
        running.start()
        trace_ids = {uuid.uuid4().hex for _ in range(200)}
        message = f"not sampled {uuid.uuid4()}"
        assert post(running.url, "/v1/traces", spans(*trace_ids)) == 200
        assert post(running.url, "/v1/logs", logs(message)) == 200
    finally:
        running.remove()
    found = {
        span.trace_id.hex()
        for request in in_topic(kafka.brokers, "otel-traces")
        for of_resource in request.resource_spans
        for of_scope in of_resource.scope_spans
        for span in of_scope.spans
    }
    assert len(found & trace_ids) in kept
    assert bodies(kafka.brokers).count(message) == 1


def test_a_browser_may_send(collector):
    request = urllib.request.Request(
        f"{collector.url}/v1/logs",
        method="OPTIONS",
        headers={
            "Origin": "https://shop.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] in ("*", "https://shop.example")


def test_nothing_is_confirmed_while_kafka_is_away_and_what_is_confirmed_survives_a_kill():
    server = Kafka()
    running = Collector(KAFKA_BROKERS=server.brokers)
    try:
        server.start()
        make_topics(server.brokers)
        running.start()
        assert post(running.url, "/v1/logs", logs("before")) == 200
        server.kill()
        for n in range(2):
            assert post(running.url, "/v1/logs", logs(f"while it is away {n}")) in (503, NO_ANSWER)
        server.start()
        deadline = time.monotonic() + 60
        while post(running.url, "/v1/logs", logs("after")) != 200:
            assert time.monotonic() < deadline
        confirmed = [
            f"confirmed {n}" for n in range(20) if post(running.url, "/v1/logs", logs(f"confirmed {n}")) == 200
        ]
        running.kill()
        found = bodies(server.brokers)
        assert len(confirmed) == 20
        assert {"before", "after", *confirmed} <= set(found)
        assert {message: found.count(message) for message in confirmed} == dict.fromkeys(confirmed, 1)
    finally:
        running.remove()
        server.remove()


def test_a_request_larger_than_a_kafka_message_is_cut_and_arrives_whole(collector, kafka):
    run = uuid.uuid4().hex
    messages = [f"{run} {n} ".ljust(10_000, "x") for n in range(300)]
    assert post(collector.url, "/v1/logs", logs(*messages)) == 200
    assert sorted(body for body in bodies(kafka.brokers) if body.startswith(run)) == sorted(messages)


def api(product: Product) -> urllib.request.OpenerDirector:
    """Signed in as a person is."""
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    login = f"{product.web_url}/accounts/login/"
    opener.open(login, timeout=60).close()
    form = {
        "username": product.admin,
        "password": product.password,
        "csrfmiddlewaretoken": next(cookie.value or "" for cookie in jar if cookie.name == "csrftoken"),
    }
    request = urllib.request.Request(login, urllib.parse.urlencode(form).encode(), {"Referer": login})
    opener.open(request, timeout=60).close()
    return opener


def test_what_the_collector_confirms_becomes_an_alert(collector, kafka, migrated, tmp_path):
    service = f"checkout-{uuid.uuid4().hex[:8]}"
    product = Product(tmp_path, migrated, KAFKA_BROKERS=kafka.brokers, KAFKA_GROUP_ID=service)
    product.start()
    try:
        sent = logs("Product price is null or missing", attributes=attributes({"error_code": "PRICE_MISSING"}))
        sent["resourceLogs"][0]["resource"]["attributes"] = attributes({"service.name": service})
        assert post(collector.url, "/v1/logs", sent) == 200
        deadline = time.monotonic() + 60
        alerts: list[dict[str, Any]] = []
        client = api(product)
        while not alerts and time.monotonic() < deadline:
            with client.open(f"{product.web_url}/api/v1/alerts/?service={service}", timeout=60) as answer:
                alerts = json.load(answer)["results"]
        assert [(alert["issue_code"], alert["status"], alert["count"]) for alert in alerts] == [
            ("PRICE_MISSING", "open", 1)
        ]
        assert len(alerts[0]["related_logs"]) == 1
    finally:
        product.stop()
