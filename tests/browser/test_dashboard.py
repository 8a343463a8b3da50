"""What a person on call does, in a real browser."""

import json
import re
import time
import urllib.request

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect


def send(product, service="catalog", code="PRICE_MISSING", message="Product price is null"):
    line = {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "service": service, "level": "error",
            "message": message, "error_code": code}  # fmt: skip
    request = urllib.request.Request(
        f"{product.web_url}/api/ingest/log",
        json.dumps(line).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 202


def row(page, service):
    return page.locator("#rows .row", has_text=service)


def test_an_alert_arrives_live_is_acknowledged_and_resolved(signed_in, product):
    page = signed_in
    expect(page.locator("#empty")).to_contain_text("curl")
    send(product, message="\x1b[31m<img src=x onerror=alert(1)>")
    expect(row(page, "catalog")).to_be_visible(timeout=2000)
    assert page.title().startswith("(1)")
    row(page, "catalog").click()
    panel = page.locator("#panel")
    expect(panel).to_contain_text("Check inventory service response")
    expect(panel.locator(".lines")).to_contain_text("␛[31m<img src=x onerror=alert(1)>")
    panel.get_by_role("button", name=re.compile("Acknowledge")).click()
    expect(row(page, "catalog").locator(".state")).to_have_text("acknowledged")
    expect(panel.locator(".history")).to_contain_text("acknowledged by admin")
    panel.get_by_role("button", name=re.compile("Resolve")).click()
    expect(row(page, "catalog").locator(".state")).to_have_text("resolved")
    assert page.wrong == []


def test_the_keyboard_is_enough(signed_in, product):
    page = signed_in
    for service in ("one", "two"):
        send(product, service)
    expect(page.locator("#rows .row")).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("#rows .row").first).to_have_class(re.compile("selected"))
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_be_visible()
    assert "alert=" in page.url
    page.keyboard.press("a")
    expect(page.locator("#rows .row.selected .state")).to_have_text("acknowledged")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("service:two")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=service"))
    expect(page.locator("#rows .row")).to_have_count(1)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert page.wrong == []


def test_nothing_is_missed_over_a_restart_of_the_server(signed_in, product):
    page = signed_in
    send(product, "before")
    expect(row(page, "before")).to_be_visible()
    product.stop()
    expect(page.locator("#live")).to_contain_text("reconnecting", timeout=10000)
    product.start()
    send(product, "after")
    expect(row(page, "after")).to_be_visible(timeout=15000)
    expect(page.locator("#live")).to_have_text("live")


def test_a_mistake_in_the_filter_is_shown_where_it_is_made(signed_in, product):
    signed_in.goto(f"{product.web_url}/?q=servce:x")
    expect(signed_in.locator("#q-error")).to_contain_text("unknown field 'servce'; did you mean 'service'?")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_serious_and_nothing_runs_over(signed_in, product, scheme, width):
    page = signed_in
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    send(product)
    expect(row(page, "catalog")).to_be_visible()
    row(page, "catalog").click()
    expect(page.locator("#panel h2")).to_be_visible()
    for path in ("", "/system/"):
        if path:
            page.goto(product.web_url + path)
        found = Axe().run(page).response["violations"]
        serious = [
            (each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")
        ]
        assert serious == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.wrong == []
