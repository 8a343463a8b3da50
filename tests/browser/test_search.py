"""From a search to its cause: filter by clicks, open a record, follow it to its trace, and back."""

import json
import re
import urllib.request
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

TRACE = uuid.uuid4().hex


@pytest.fixture(scope="module")
def logs(product):
    now = datetime.now(UTC)
    sent = [
        {
            "timestamp": (now - timedelta(seconds=300 - number)).isoformat(),
            "service": "till" if number % 2 else "cart",
            "level": "error" if number % 10 == 1 else "info",
            "message": f"<b>number</b> {number} " + ("refused" if number % 10 == 1 else "served"),
            "trace_id": TRACE,
            "span_id": f"{number:016x}",
            "attrs": {"ms": number},
        }
        for number in range(1, 151)
    ]
    body = "\n".join(map(json.dumps, sent)).encode()
    request = urllib.request.Request(
        f"{product.web_url}/api/ingest/log", body, {"Content-Type": "application/x-ndjson"}
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 202
    product.rows_when(150, "SELECT id FROM raw_logs WHERE trace_id = ?", TRACE)


def test_clicks_narrow_a_search_down_to_a_record_and_its_trace(screen, logs):
    page = screen.page
    page.goto(f"{screen.product.web_url}/search/?q=trace_id:{TRACE}")
    expect(page.locator("#total")).to_have_text("150 logs ·")
    expect(page.locator("tr.log")).to_have_count(100)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("tr.log")).to_have_count(150)
    page.locator("#facets").get_by_role("link", name=re.compile("^error")).click()
    expect(page.locator("#q")).to_have_value(f"trace_id:{TRACE} AND level:error")
    expect(page.locator("tr.log")).to_have_count(15)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#panel .text")).to_have_text("<b>number</b> 141 refused")
    page.get_by_role("button", name="Column attrs.ms on or off").click()
    expect(page.locator("tr.log .extra").first).to_have_text("141")
    expect(page.locator("#panel .text")).to_be_visible()  # the record stands in the address
    page.get_by_role("link", name="Its trace").click()
    expect(page.locator("h1")).to_have_text("Trace")
    expect(page.locator(".lines li")).to_have_count(150)
    page.go_back()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()


def test_a_range_is_drawn_on_the_histogram(screen, logs):
    page = screen.page
    page.goto(f"{screen.product.web_url}/search/?q=trace_id:{TRACE}&range=15m")
    expect(page.locator("#total")).to_have_text("150 logs ·")
    box = page.locator("#histogram svg").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 20)
    page.mouse.up()
    page.wait_for_url(re.compile("from="))
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(screen, logs, scheme):
    page = screen.page
    page.emulate_media(color_scheme=scheme)
    for path in (f"/search/?q=trace_id:{TRACE}", f"/traces/{TRACE}/", "/search/?q=servce:x"):
        page.goto(screen.product.web_url + path)
        page.wait_for_load_state("networkidle")
        if "servce" not in path and "search" in path:
            page.locator("tr.log td.message").first.click()
            expect(page.locator("#panel .text")).to_be_visible()
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []


def test_on_a_telephone_nothing_is_cut_off(screen, logs):
    page = screen.page
    page.set_viewport_size({"width": 390, "height": 844})
    for path in (f"/search/?q=trace_id:{TRACE}", f"/traces/{TRACE}/"):
        page.goto(screen.product.web_url + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
