"""Jira from its connection to an alert that a person resolved there, in a real browser.

STACKLENS_PICTURES=docs/images makes the pictures of docs/jira.md on the way.
"""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.screen import post_log
from tests.journeys.product import Product
from tests.servers import Jira
from tests.servers.jira.process import TOKEN


@pytest.fixture(scope="module")
def site():
    server = Jira("cloud")
    yield server.start()
    server.remove()


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    running = Product(tmp_path_factory.mktemp("product"), STACKLENS_OUTBOUND_ALLOW="127.0.0.1")
    running.start()
    yield running
    running.stop()


def picture(page, name):
    if folder := os.environ.get("STACKLENS_PICTURES"):
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=Path(folder) / f"jira-{name}.png", type="png")


def name_it(page, name, slug):
    """The slug first: it would follow the name."""
    page.locator("#id_slug").fill(slug)
    page.keyboard.press("Tab")
    page.locator("#id_name").fill(name)
    page.keyboard.press("Tab")
    expect(page.locator("#id_slug")).to_have_value(slug)


def connect(page, base, site):
    page.goto(f"{base}/admin/integrations/destination/add/?kind=jira")
    name_it(page, "Jira", "jira")
    given = {"site": site.url, "email": "bot@example.com", "token": TOKEN, "project": "SHOP"}
    for name, value in given.items():
        page.locator(f"#id_set_{name}").fill(value)
    page.locator("#id_set_priorities").fill("error: High\nwarn: Medium")
    page.locator("#id_set_webhook_secret").fill("hush")
    picture(page, "connect")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page).to_have_url(re.compile("/change/"))


def route_all(page, base):
    page.goto(f"{base}/admin/integrations/route/add/")
    name_it(page, "Everything", "everything")
    page.locator("#id_group_wait").fill("0")
    page.locator("#id_destinations_from option", has_text="Jira").dblclick()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile(r"/route/(\?.*)?$"))


def test_jira_is_connected_tried_and_closes_an_alert_live(screen, site):
    page, base = screen.page, screen.product.web_url
    page.set_viewport_size({"width": 1200, "height": 800})
    connect(page, base, site)
    page.get_by_role("link", name="Test and preview").first.click()
    page.get_by_role("button", name="Test now").click()
    expect(page.locator("#steps")).to_contain_text("Permission Transition Issues")
    expect(page.locator("#steps .rule-refused")).to_have_count(0)
    picture(page, "test")
    assert TOKEN not in page.content()
    route_all(page, base)
    webhook = f"{base}/api/v1/jira/jira/webhook/"
    site.control(hook={"url": webhook, "secret": "hush", "events": ["jira:issue_updated", "comment_created"]})
    screen.go("/")
    service = post_log(screen.product, "ticketed", level="error")
    row = screen.row(service)
    expect(row.locator(".ticket")).to_have_text("SHOP-1", timeout=20000)
    row.click()
    expect(page.locator("#panel .facts .ticket")).to_have_attribute("href", f"{site.url}/browse/SHOP-1")
    picture(page, "alert")
    site.control(act={"key": "SHOP-1", "person": "ada", "comment": "Prices are loading again"})
    expect(page.locator("#panel .history")).to_contain_text("Prices are loading again", timeout=20000)
    site.control(act={"key": "SHOP-1", "person": "ada", "status": "Done"})
    expect(page.locator("#panel .history")).to_contain_text("SHOP-1 is Done (Done)", timeout=20000)
    expect(page.locator("#panel .state").first).to_have_text("resolved")


def test_a_ticket_is_made_by_a_key_where_no_route_leads(screen, site):
    page, base = screen.page, screen.product.web_url
    page.goto(f"{base}/admin/integrations/route/")
    page.get_by_role("link", name="Everything").first.click()
    page.locator("#id_enabled").uncheck(force=True)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile(r"/route/(\?.*)?$"))
    screen.go("/")
    service = post_log(screen.product, "by-hand")
    screen.row(service).click()
    expect(page.locator("#panel").get_by_role("button", name="Create ticket")).to_be_visible()
    page.keyboard.press("t")
    expect(page.locator("#panel .facts .ticket")).to_have_text("SHOP-2", timeout=20000)
    expect(page.locator("#toasts")).to_contain_text("The ticket is there")
    site.control(act={"key": "SHOP-2", "person": "ada", "assignee": "ada"})
    for _ in range(40):  # the page is as it was when it was asked for
        page.goto(f"{base}/tickets/")
        if page.locator(".drift li").count():
            break
        page.wait_for_timeout(500)
    expect(page.locator(".drift")).to_contain_text("nobody here, Ada Lovelace in Jira")
    picture(page, "drift")
    page.get_by_role("button", name="Keep what is here").click()
    expect(page.locator(".drift li")).to_have_count(0)
