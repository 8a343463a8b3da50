"""The example for browsers in a real one: what a visitor does on its page is stored, errors and web vitals included."""

import os
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Iterator

import pytest

from tests.tools import ROOT, free_ports, node_packages, program

FOLDER = ROOT / "sdk-examples" / "js"


@pytest.fixture(scope="module")
def page_url(tmp_path_factory) -> Iterator[str]:
    """The sample, served as its README says."""
    (port,) = free_ports(1)
    folder, npm = node_packages(FOLDER), program("npm")
    url = f"http://127.0.0.1:{port}/"
    output = tmp_path_factory.mktemp("web-sample") / "output"
    # esbuild serves while its input is open
    with (
        output.open("wb") as out,
        subprocess.Popen(
            [npm, "start", "--silent"],
            cwd=folder,
            env=os.environ | {"PORT": str(port)},
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
        ) as server,
    ):
        deadline = time.monotonic() + 60
        while not answers(url):
            assert server.poll() is None, output.read_text()
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.1)
        yield url


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except OSError:
        return False
    return True


def test_what_a_visitor_does_is_stored(page, product, page_url):
    service = f"web-{uuid.uuid4().hex[:8]}"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{page_url}?endpoint={product.otlp_http}&service={service}")
    page.get_by_role("button", name="Order", exact=True).click()
    page.get_by_role("button", name="Order what has no price").click()
    page.get_by_role("button", name="Break something").click()

    actions = "SELECT message, level, error_code, product_id, action, status FROM raw_logs WHERE service = ?"
    actions += " AND message NOT LIKE 'web vital %'"
    logs = product.rows_when(3, actions, service)
    assert sorted(logs, key=str) == sorted(
        [
            ("ordered p-7", "info", None, None, "create_order", "success"),
            ("Product price is null or missing", "error", "PRICE_MISSING", "p-7", "create_order", "failure"),
            ("the basket is not a function", "error", "BROWSER_ERROR", None, None, None),
        ],
        key=str,
    )
    spans = product.rows_when(
        4, "SELECT name, status, trace_id, span_id, parent_span_id FROM spans WHERE service = ?", service
    )
    orders = {row[3]: row[2] for row in spans if row[0] == "order"}
    assert sorted(row[:2] for row in spans) == [
        ("GET", "unset"), ("GET", "unset"), ("order", "error"), ("order", "unset")
    ]  # fmt: skip
    assert {row[4]: row[2] for row in spans if row[0] == "GET"} == orders
    tied = product.rows("SELECT span_id, trace_id FROM raw_logs WHERE service = ? AND action IS NOT NULL", service)
    assert dict(tied) == orders

    page.goto("about:blank")  # what a page has to say when it is left
    vitals = "SELECT message FROM raw_logs WHERE service = ? AND message LIKE 'web vital %'"
    names = {row[0].split()[2] for row in product.rows_when(4, vitals, service)}
    assert {"TTFB", "FCP", "LCP", "CLS"} <= names
    assert product.rows_when(1, "SELECT issue_code FROM alerts WHERE service = ?", service) == [("PRICE_MISSING",)]
    assert all(url.startswith((page_url, product.otlp_http, "data:")) for url in asked), asked
