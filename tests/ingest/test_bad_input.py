"""What nobody should send: each is answered rightly, and the server lives on."""

import gzip
import json
import socket

import pytest
import requests
from google.rpc.status_pb2 import Status

from tests.ingest.test_receive import JSON, LOG, PROTOBUF, export, post

MIB = 2**20


def otlp(**record):
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]})


def log(**fields):
    return json.dumps(LOG | fields)


CASES = {
    "truncated protobuf": ("/v1/logs", export("cut")[:-2], PROTOBUF, 400),
    "noise as protobuf": ("/v1/traces", b"\xff" * 100, PROTOBUF, 400),
    "JSON said to be protobuf": ("/v1/logs", otlp(), PROTOBUF, 400),
    "broken JSON": ("/v1/logs", '{"resourceLogs": [', JSON, 400),
    "JSON of another shape": ("/v1/logs", '{"resourceLogs": 7}', JSON, 400),
    "not UTF-8": ("/v1/logs", b'{"resourceLogs": "\xff\xfe"}', JSON, 400),
    "nested 5,000 deep": ("/v1/logs", '{"resourceLogs":' + "[" * 5000 + "]" * 5000 + "}", JSON, 400),
    "a log nested 5,000 deep": ("/api/ingest/log", "[" * 5000 + "]" * 5000, JSON, 400),
    "a log that is not UTF-8": ("/api/ingest/log", b'{"message": "\xff"}', JSON, 400),
    "NaN": ("/api/ingest/log", '{"timestamp": NaN}', JSON, 400),
    "nothing": ("/api/ingest/log", "", JSON, 400),
    "HTML": ("/v1/logs", "<html>", "text/html", 415),
    "no content type": ("/v1/logs", "{}", "", 415),
    "a form": ("/api/ingest/log", "a=b", "application/x-www-form-urlencoded", 415),
    "a huge number": ("/api/ingest/log", log(attrs={"n": 10**400}), JSON, None),
    "a huge time": ("/v1/logs", otlp(timeUnixNano="9" * 40), JSON, None),
    "control characters": ("/api/ingest/log", log(message="\x00\x1b[31mred\x07"), JSON, None),
    "markup": ("/api/ingest/log", log(message="<script>alert(1)</script>"), JSON, 202),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_answered_and_the_server_lives(receiver, name):
    path, body, content_type, status = CASES[name]
    answer = post(receiver, path, body, content_type)
    assert answer.status_code == status if status else answer.status_code in (200, 202, 400), answer.text
    if answer.status_code >= 400 and content_type != PROTOBUF:
        assert answer.json()["detail"]
    if answer.status_code >= 400 and content_type == PROTOBUF:
        assert Status.FromString(answer.content).message
    assert post(receiver, "/v1/logs", export("still there"), PROTOBUF).status_code == 200


def test_text_stays_as_it_came(receiver):
    for text in ("<b>&amp;</b>", "\x1b[31mred", "=cmd()", "☃ \u202e"):
        assert post(receiver, "/api/ingest/log", log(message=text), JSON).status_code == 202
        assert json.loads(receiver.queued()[-1][2])["message"] == text


def test_a_bomb_does_not_go_off(receiver):
    bomb = gzip.compress(b"\0" * (100 * MIB))
    assert len(bomb) < 120_000
    before = receiver.peak_bytes()
    for path, content_type in (("/v1/logs", PROTOBUF), ("/v1/traces", JSON), ("/api/ingest/log", JSON)):
        assert post(receiver, path, bomb, content_type, content_encoding="gzip").status_code == 413
    assert receiver.peak_bytes() - before < 70 * MIB


def test_other_compressions_are_refused(receiver):
    for name in ("br", "deflate", "gzip, gzip"):
        assert post(receiver, "/v1/logs", b"x", PROTOBUF, content_encoding=name).status_code == 415
    assert post(receiver, "/v1/logs", b"not gzip", PROTOBUF, content_encoding="gzip").status_code == 400


def test_a_body_over_the_cap_is_refused_before_it_has_come(receiver):
    head = (
        f"POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: {PROTOBUF}\r\nContent-Length: {50 * MIB}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", receiver.http_port), timeout=60) as connection:
        connection.sendall(head.encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("path", ["/v1/metrics", "/api/ingest/log"])
def test_a_chunked_body_is_counted(receiver, path):
    before = receiver.peak_bytes()
    answer = post(receiver, path, (b"\0" * MIB for _ in range(40)), JSON)
    assert answer.status_code == 413
    assert answer.json()["detail"]
    assert receiver.peak_bytes() - before < 70 * MIB


def test_a_sender_that_goes_away_half_way_leaves_nothing(receiver):
    before = len(receiver.queued())
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", receiver.http_port), timeout=60) as connection:
            connection.sendall(b"POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc")
    assert requests.get(receiver.url + "/healthz", timeout=60).status_code == 200
    assert len(receiver.queued()) == before
