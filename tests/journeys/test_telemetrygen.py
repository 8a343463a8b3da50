"""The OpenTelemetry Collector project's load generator against both doors: every record is stored exactly once."""

import subprocess
import uuid

import pytest

from tests.tools import program

COUNT = 200
# a trace of telemetrygen is a parent and one child
STORED = {
    "logs": (COUNT, "SELECT id FROM raw_logs WHERE service = ?"),
    "traces": (COUNT * 2, "SELECT id FROM spans WHERE service = ?"),
    "metrics": (COUNT, "SELECT id FROM metric_points WHERE service = ?"),
}


@pytest.mark.parametrize("door", ["http", "grpc"])
@pytest.mark.parametrize("signal", list(STORED))
def test_every_record_is_stored_once(product, signal, door):
    service = f"telemetrygen-{uuid.uuid4().hex[:8]}"
    endpoint = product.otlp_http.removeprefix("http://") if door == "http" else product.otlp_grpc
    sent = subprocess.run(
        [
            program("telemetrygen"),
            signal,
            f"--{signal}={COUNT}",
            "--workers=1",
            "--rate=0",
            "--otlp-insecure",
            f"--otlp-endpoint={endpoint}",
            f"--service={service}",
            *(["--otlp-http"] if door == "http" else []),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert sent.returncode == 0, sent.stderr
    expected, sql = STORED[signal]
    stored = product.rows_when(expected, sql, service)
    assert (len(stored), len(set(stored))) == (expected, expected)
