"""The official OpenTelemetry SDK for Node over its three protocols: every record is stored exactly once."""

import subprocess
import uuid
from collections import Counter
from pathlib import Path

import pytest

from tests.tools import node_packages, program

FOLDER = Path(__file__).parent.parent / "sdk"
COUNT = 300


@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json", "grpc"])
def test_every_record_is_stored_once(product, protocol):
    service = f"node-{uuid.uuid4().hex[:8]}"
    endpoint = product.otlp_grpc if protocol == "grpc" else product.otlp_http
    sent = subprocess.run(
        [program("node"), "send.js", protocol, endpoint, service, str(COUNT)],
        cwd=node_packages(FOLDER),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (sent.returncode, sent.stdout) == (0, f"sent {COUNT}\n"), sent.stderr

    logs = product.rows_when(
        COUNT,
        "SELECT message, level, error_code, app_version, trace_id, span_id FROM raw_logs WHERE service = ?",
        service,
    )
    assert Counter(row[0] for row in logs) == Counter(f"message {n}" for n in range(COUNT))
    assert {row[1:4] for row in logs} == {("warn", "JOURNEY", "2.0.0")}
    spans = product.rows_when(COUNT, "SELECT name, trace_id, span_id FROM spans WHERE service = ?", service)
    assert Counter(row[0] for row in spans) == Counter(f"span {n}" for n in range(COUNT))
    assert {row[4:] for row in logs} == {row[1:] for row in spans}
    points = product.rows_when(1, "SELECT name, value FROM metric_points WHERE service = ?", service)
    assert points == [("journeys", float(COUNT))]
