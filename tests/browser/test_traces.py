"""From the list of traces to the span that failed and to its log; the map; a metric and the rule made from it."""

import json
import re
import time
import urllib.request
import uuid

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

TRACE, LONG = uuid.uuid4().hex, uuid.uuid4().hex
HOSTILE = "<img src=x onerror=alert(1)>"
MS = 1_000_000


def attribute(key, value):
    return {"key": key, "value": {"stringValue": value}}


def send(product, signal, service, inner):
    resource, scope = signal
    request = {resource: [{"resource": {"attributes": [attribute("service.name", service)]}, scope: [inner]}]}
    path = {"resourceSpans": "traces", "resourceLogs": "logs", "resourceMetrics": "metrics"}[resource]
    body = json.dumps(request).encode()
    asked = urllib.request.Request(f"{product.otlp_http}/v1/{path}", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 200


def span(trace, number, parent, start, long, name, error=False):
    return {
        "traceId": trace, "spanId": f"{number:016x}", "parentSpanId": f"{parent:016x}" if parent else "", "name": name,
        "kind": 2, "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + long * MS),
        "status": {"code": 2, "message": "refused"} if error else {},
    }  # fmt: skip


@pytest.fixture(scope="module")
def telemetry(product):
    now = time.time_ns() - 10_000 * MS
    spans = ("resourceSpans", "scopeSpans")
    send(product, spans, "shop", {"spans": [span(TRACE, 1, 0, now, 900, "GET /basket")]})
    send(product, spans, "till", {"spans": [
        span(TRACE, 2, 1, now + 100 * MS, 700, "POST /pay", error=True), span(TRACE, 3, 2, now + 50 * MS, 5, HOSTILE),
    ]})  # fmt: skip
    long = [span(LONG, number, 1 if number > 1 else 0, now + number, 3, f"step {number}") for number in range(1, 1201)]
    send(product, spans, "batch", {"spans": long})
    log = {"timeUnixNano": str(now + 200 * MS), "severityNumber": 17, "body": {"stringValue": f"no change {HOSTILE}"},
           "traceId": TRACE, "spanId": f"{2:016x}"}  # fmt: skip
    send(product, ("resourceLogs", "scopeLogs"), "till", {"logRecords": [log]})
    points = [
        {"timeUnixNano": str(now - second * 1000 * MS), "asDouble": 5 + second % 3} for second in range(0, 600, 10)
    ]
    metrics = {"metrics": [{"name": "till.coins", "unit": "1", "gauge": {"dataPoints": points}}]}
    send(product, ("resourceMetrics", "scopeMetrics"), "till", metrics)
    product.rows_when(1203, "SELECT id FROM spans")
    product.rows_when(60, "SELECT id FROM metric_points WHERE name = 'till.coins'")
    product.rows_when(1, "SELECT id FROM raw_logs WHERE trace_id = ?", TRACE)


def test_from_the_list_to_the_span_that_failed_and_its_log(screen, telemetry):
    page = screen.page
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page.locator("h1")).to_have_text("Traces")
    expect(page.locator("tr.trace")).to_have_count(2)
    expect(page.locator("#counted")).to_have_text("2")
    page.get_by_label("Query over spans").fill("kind:span AND duration_ms:>500 AND status:error")
    page.keyboard.press("Enter")
    expect(page.locator("tr.trace")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Trace")
    expect(page.locator(".span")).to_have_count(3)
    expect(page.locator(".notices")).to_contain_text("1 span begins before its parent, by up to 50 ms")
    page.keyboard.press("e")
    page.keyboard.press("Enter")
    panel = page.locator("#panel")
    expect(panel.locator("h2")).to_have_text("POST /pay")
    expect(panel).to_contain_text("refused")
    expect(page).to_have_url(re.compile("span=0000000000000002"))
    page.keyboard.press("j")
    expect(panel.locator("h2")).to_have_text(HOSTILE)
    page.go_back()
    expect(panel.locator("h2")).to_have_text("POST /pay")
    panel.get_by_role("link", name=re.compile("no change")).click()
    expect(page.locator("#panel .text")).to_have_text(f"no change {HOSTILE}")
    page.get_by_role("link", name="Its trace").click()
    expect(page.locator("#panel h2")).to_have_text("POST /pay")  # of the log's span
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()


def test_a_long_trace_shows_more_as_one_comes_to_it(screen, telemetry):
    page = screen.page
    page.goto(f"{screen.product.web_url}/traces/{LONG}/")
    expect(page.locator(".span")).to_have_count(300)
    for count in (600, 900, 1200):
        page.locator("#next").scroll_into_view_if_needed()
        expect(page.locator(".span")).to_have_count(count)
    expect(page.locator("#next")).to_have_count(0)


def test_a_service_on_the_map_leads_to_its_traces(screen, telemetry):
    page = screen.page
    page.goto(f"{screen.product.web_url}/traces/map/")
    page.locator(".map .service", has_text="till").click()
    expect(page.get_by_label("Query over spans")).to_have_value("service:till")
    expect(page.locator("tr.trace")).to_have_count(1)


def test_a_metric_is_found_drawn_and_made_into_a_rule(screen, telemetry):
    page = screen.page
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.get_by_label("Find").fill("coins")
    page.get_by_role("link", name="till.coins").click()
    expect(page.locator(".plot polyline")).not_to_have_count(0)
    page.get_by_label("Show").select_option("max")
    expect(page).to_have_url(re.compile("agg=max"))
    page.get_by_role("link", name="Make a threshold rule").click()
    expect(page.get_by_label("Query")).to_have_value(r"name:/^till\.coins$/")
    expect(page.locator("#id_metric_over")).to_have_value(re.compile("^7.[0-9]$"))
    screen.complaints.clear()  # of the admin's own theme


PLACES = ["/traces/", f"/traces/{TRACE}/?span=0000000000000002", "/traces/map/", "/traces/?q=servce:x",
          "/metrics-explorer/", "/metrics-explorer/?name=till.coins&before=1"]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(screen, telemetry, scheme):
    page = screen.page
    page.emulate_media(color_scheme=scheme)
    for path in PLACES:
        page.goto(screen.product.web_url + path)
        page.wait_for_load_state("networkidle")
        found = Axe().run(page).response["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        assert [(path, one["id"], one["nodes"][0]["html"]) for one in serious] == []


def test_on_a_telephone_nothing_is_cut_off(screen, telemetry):
    page = screen.page
    page.set_viewport_size({"width": 390, "height": 844})
    for path in PLACES:
        page.goto(screen.product.web_url + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
