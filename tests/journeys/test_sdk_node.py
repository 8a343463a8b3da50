"""The example for Node, on the official SDK, over its three protocols: every record is stored exactly once."""

import os
import subprocess
import uuid
from collections import Counter

import pytest

from tests.tools import ROOT, node_packages, program

FOLDER = ROOT / "sdk-examples" / "node"
ORDERS = 300
WITHOUT_PRICE = ORDERS // 5


@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json", "grpc"])
def test_every_record_is_stored_once_and_logs_lead_to_their_spans(product, protocol):
    service = f"node-{uuid.uuid4().hex[:8]}"
    sent = subprocess.run(
        [program("npm"), "start", "--silent"],
        cwd=node_packages(FOLDER),
        env=os.environ
        | {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{product.otlp_grpc}" if protocol == "grpc" else product.otlp_http,
            "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
            "OTEL_SERVICE_NAME": service,
            "ORDERS": str(ORDERS),
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (sent.returncode, sent.stdout) == (0, f"sent {ORDERS} orders\n"), sent.stderr

    logs = product.rows_when(
        ORDERS + WITHOUT_PRICE,
        "SELECT message, level, error_code, status, app_version, trace_id, span_id FROM raw_logs WHERE service = ?",
        service,
    )
    expected: Counter[tuple[str | None, ...]] = Counter(
        (
            f"order {n} {'refused' if n % 5 == 4 else 'taken'}",
            "info",
            None,
            "failure" if n % 5 == 4 else "success",
            "2.0.0",
        )
        for n in range(ORDERS)
    )
    expected["Product price is null or missing", "error", "PRICE_MISSING", None, "2.0.0"] = WITHOUT_PRICE
    assert Counter(row[:5] for row in logs) == expected

    spans = product.rows_when(
        2 * ORDERS, "SELECT name, kind, trace_id, span_id, parent_span_id FROM spans WHERE service = ?", service
    )
    assert Counter(row[:2] for row in spans) == {("POST /orders", "server"): ORDERS, ("GET /prices", "client"): ORDERS}
    assert {row[4] for row in spans if row[1] == "client"} == {row[3] for row in spans if row[1] == "server"}
    asked = {row[2:4] for row in spans if row[1] == "client"}
    served = {row[2:4] for row in spans if row[1] == "server"}
    assert {row[5:] for row in logs if row[1] == "info"} == served
    assert {row[5:] for row in logs if row[1] == "error"} <= asked

    points = product.rows_when(1, "SELECT name, value FROM metric_points WHERE service = ?", service)
    assert points == [("orders", float(ORDERS))]
    assert product.rows_when(1, "SELECT issue_code FROM alerts WHERE service = ?", service) == [("PRICE_MISSING",)]
