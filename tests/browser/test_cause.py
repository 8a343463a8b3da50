"""From an alert to its evidence, its trace, a log of it, and to what had changed; and on to a rule."""

import json
import re
import urllib.request
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

TRACE = uuid.uuid4().hex
SERVICE = f"till-{TRACE[:6]}"


def send(product, path, body, kind):
    request = urllib.request.Request(product.web_url + path, body.encode(), {"Content-Type": kind})
    with urllib.request.urlopen(request) as answer:
        assert answer.status in (200, 202)


def span(number, parent, name, start, milliseconds, failed=False):
    return {
        "traceId": TRACE, "spanId": f"{number:016x}", "parentSpanId": f"{parent:016x}" if parent else "", "name": name,
        "kind": 2, "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + milliseconds * 10**6),
        "status": {"code": 2 if failed else 1},
    }  # fmt: skip


@pytest.fixture(scope="module")
def alert(product):
    """A new version that finds no price, after ten quiet minutes of the old one."""
    now = datetime.now(UTC) - timedelta(seconds=90)
    logs = [
        {"timestamp": (now - timedelta(seconds=600 - number)).isoformat(), "service": SERVICE, "level": "info",
         "message": f"<i>order</i> {number} placed", "app_version": "1.4.2"}
        for number in range(600)
    ] + [
        {"timestamp": (now + timedelta(seconds=number)).isoformat(), "service": SERVICE, "level": "error",
         "error_code": "PRICE_MISSING", "message": f"<b>Product</b> price is null or missing for {number}",
         "trace_id": TRACE, "span_id": f"{2:016x}", "app_version": "1.5.0"}
        for number in range(30)
    ]  # fmt: skip
    start = int(now.timestamp()) * 10**9
    spans = [span(1, 0, "GET /till", start, 900), span(2, 1, "price lookup", start + 10**8, 500, failed=True)]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": SERVICE}}]}
    trace = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}
    send(product, "/v1/traces", json.dumps(trace), "application/json")
    send(product, "/api/ingest/log", "\n".join(map(json.dumps, logs)), "application/x-ndjson")
    product.rows_when(2, "SELECT id FROM spans WHERE trace_id = ?", TRACE)
    [(found,)] = product.rows_when(1, "SELECT id FROM alerts WHERE service = ?", SERVICE)
    return str(uuid.UUID(found))


def test_from_the_alert_to_its_evidence_its_trace_a_log_and_by_a_filter_to_a_saved_search_and_a_rule(screen, alert):
    page = screen.page
    page.goto(f"{screen.product.web_url}/alerts/{alert}/")
    changed = page.get_by_role("region", name="What else changed")
    expect(changed.get_by_role("link", name="1.5.0")).to_be_visible()
    expect(changed.get_by_role("link", name="PRICE_MISSING")).to_be_visible()
    expect(page.locator(".cause rect.firing")).to_have_count(1)
    changed.get_by_role("button", name="in all services").click()
    expect(changed.get_by_role("button", name="in all services")).to_have_attribute("aria-pressed", "true")

    evidence = page.get_by_role("list", name="Logs that fired it").get_by_role("link").first
    expect(evidence).to_have_text("<b>Product</b> price is null or missing for 0")
    evidence.click()
    expect(page.locator("#panel .text")).to_have_text("<b>Product</b> price is null or missing for 0")
    page.go_back()

    page.get_by_role("region", name="Its trace").get_by_role("link", name=re.compile("price lookup")).click()
    expect(page.locator("h1")).to_have_text("Trace")
    page.get_by_role("link", name="<b>Product</b> price is null or missing for 3", exact=True).click()
    expect(page.locator("#panel .text")).to_have_text("<b>Product</b> price is null or missing for 3")

    page.get_by_role("link", name="Only error_code PRICE_MISSING").click()
    query = f"trace_id:{TRACE} AND error_code:PRICE_MISSING"
    expect(page.locator("#q")).to_have_value(query)
    expect(page.locator("#total")).to_have_text("30 logs ·")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.get_by_label("Name").fill("prices of the till")
    page.get_by_role("button", name="Save this search").click()
    expect(page.locator("#saved").get_by_role("link", name="prices of the till")).to_be_visible()
    page.locator("#acts summary").click()
    page.get_by_role("link", name="Make a rule of this search").click()
    expect(page.get_by_label("Query")).to_have_value(query)
    page.get_by_label("Slug").fill(SERVICE)
    page.get_by_label("Name").fill("Prices of the till")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()


def test_what_was_read_stays_when_the_alert_is_drawn_again(screen, alert):
    page = screen.page
    page.goto(f"{screen.product.web_url}/alerts/{alert}/")
    expect(page.locator(".changes")).to_be_visible()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_placeholder("Comment").fill("looked at")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".history")).to_contain_text("looked at")
    expect(page.locator(".changes")).to_be_visible()
    assert not [url for url in asked if url.endswith("/cause/")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_a_telephone_cuts_nothing_off(screen, alert, scheme):
    page = screen.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{screen.product.web_url}/alerts/{alert}/")
    expect(page.locator(".changes")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
