"""Jira from its connection to an alert that a person resolved there, and to tickets that differ, in a real browser.

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
from tests.servers.jira.process import EMAIL, TOKEN


def site(flavour):
    server = Jira(flavour)
    yield server.start()
    server.remove()


@pytest.fixture(scope="module")
def cloud():
    yield from site("cloud")


@pytest.fixture(scope="module")
def data_center():
    yield from site("datacenter")


@pytest.fixture(scope="module")
def product(migrated, tmp_path_factory):
    running = Product(tmp_path_factory.mktemp("product"), migrated, STACKLENS_OUTBOUND_ALLOW="127.0.0.1")
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


def describe(page, base, name, site, **more):
    """A destination's form, filled in and not saved."""
    page.goto(f"{base}/admin/integrations/destination/add/?kind=jira")
    name_it(page, name, name.lower().replace(" ", "-"))
    page.locator("#id_set_flavour").select_option(site.flavour)
    for field, value in {"site": site.url, "token": TOKEN, "project": "SHOP", **more}.items():
        page.locator(f"#id_set_{field}").fill(value)


def fill_what_is_required(page):
    """The project's own fields, as it describes them."""
    page.get_by_role("button", name="Which fields does the project ask for?").click()
    offers = page.locator(".offers")
    expect(offers.locator("tr", has_text="Team")).to_contain_text("one of Shop, Payment")
    expect(offers.get_by_text("required")).to_have_count(3)
    for field in ("Team", "Area", "Impact"):
        offers.get_by_role("button", name=f"Add {field}").click()
    fields = page.locator("#id_set_fields")
    expect(fields).to_have_value("Team: Shop\nArea: Backend / Prices\nImpact: ")
    fields.fill(fields.input_value() + "{{ cuont }}")
    expect(page.locator(".rule-error")).to_contain_text("Impact: line 1, column 1: 'cuont' is not known")
    fields.fill(fields.input_value().replace("cuont", "count"))


def save_and_try(page):
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page).to_have_url(re.compile("/change/"))
    page.get_by_role("link", name="Test and preview").first.click()
    page.get_by_role("button", name="Test now").click()
    for permission in ("Create", "Edit", "Transition", "Link"):
        expect(page.locator("#steps")).to_contain_text(f"✓ passed Permission {permission} Issues")
    expect(page.locator("#steps .rule-refused")).to_have_count(0)
    assert TOKEN not in page.content()


def route_all_to(page, base, name):
    page.goto(f"{base}/admin/integrations/route/add/")
    name_it(page, "Everything", "everything")
    page.locator("#id_query").fill("severity:error AND service:ticketed*")
    page.locator("#id_group_wait").fill("0")
    page.locator("#id_destinations_from option", has_text=re.compile(f"^{name}$")).dblclick()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile(r"/route/(\?.*)?$"))
    page.get_by_role("link", name="Where would an alert go?").first.click()
    expect(page.locator("#goes-to")).to_have_text("Nobody would be told.")
    expect(page.locator("#where-to")).to_contain_text("✗ service:ticketed*")


def settle(page, base, words, side):
    for _ in range(60):  # the page is as it was when it was asked for
        page.goto(f"{base}/tickets/")
        if page.locator(".drift li", has_text=words).count():
            break
        page.wait_for_timeout(500)
    row = page.locator(".drift li", has_text=words)
    expect(row.get_by_role("button")).to_have_text(["Keep what is here", "Take what is there"])
    picture(page, "drift")
    row.get_by_role("button", name=side).click()
    expect(row).to_have_count(0)


def test_jira_is_connected_routed_to_and_closes_an_alert_live(screen, cloud, data_center):
    page, base = screen.page, screen.product.web_url
    page.set_viewport_size({"width": 1200, "height": 800})
    earlier = post_log(screen.product, "earlier", level="error")
    expect(screen.row(earlier)).to_be_visible(timeout=20000)

    describe(page, base, "Data Center", data_center)
    expect(page.frame_locator("#destination-preview iframe").locator("h1")).to_contain_text(earlier)
    save_and_try(page)

    more = {"email": EMAIL, "issue_type": "Incident", "priorities": "error: High", "webhook_secret": "hush"}
    describe(page, base, "Cloud", cloud, **more)
    page.locator("#id_set_on_recovered").select_option("transition")
    picture(page, "connect")
    fill_what_is_required(page)
    expect(page.frame_locator("#destination-preview iframe").locator("body")).to_contain_text("Impact: 1")
    save_and_try(page)
    picture(page, "test")
    route_all_to(page, base, "Cloud")
    hook = {"url": f"{base}/api/v1/jira/cloud/webhook/", "secret": "hush"}
    cloud.control(hook=hook | {"events": ["jira:issue_updated", "comment_created"]})

    screen.go("/")
    service = post_log(screen.product, "ticketed", level="error")
    expect(screen.row(service).locator(".ticket")).to_have_text("SHOP-1", timeout=30000)
    screen.row(service).click()
    expect(page.locator("#panel .facts .ticket")).to_have_attribute("href", f"{cloud.url}/browse/SHOP-1")
    expect(page.locator("#panel .facts")).to_contain_text("To Do")
    picture(page, "alert")
    cloud.control(act={"key": "SHOP-1", "person": "ada", "comment": "Prices are loading again"})
    expect(page.locator("#panel .history")).to_contain_text("Prices are loading again", timeout=20000)
    cloud.control(act={"key": "SHOP-1", "person": "ada", "status": "Done"})
    expect(page.locator("#panel .history")).to_contain_text("SHOP-1 is Done (Done)", timeout=20000)
    expect(page.locator("#panel .state").first).to_have_text("resolved")

    page.goto(f"{base}/admin/integrations/route/where-to")
    expect(page.locator("#goes-to")).to_have_text("It would be told to Cloud.")

    screen.go("/")
    other = post_log(screen.product, "by-hand", level="error")
    screen.row(other).click(timeout=20000)
    expect(page.locator("#panel").get_by_role("button", name="Create ticket in Cloud")).to_be_visible()
    page.keyboard.press("t")
    expect(page.locator("#panel .facts")).to_contain_text("SHOP-2 · To Do", timeout=20000)
    page.keyboard.press("r")
    expect(page.locator("#panel .state").first).to_have_text("resolved")
    settle(page, base, "resolved here, To Do in Cloud", "Keep what is here")
    assert next(one for one in cloud.issues() if one["key"] == "SHOP-2")["status"] == "Done"
    cloud.control(act={"key": "SHOP-2", "person": "ada", "status": "In Progress"})
    settle(page, base, "resolved here, In Progress in Cloud", "Take what is there")
    screen.go("/")
    expect(screen.row(other)).to_have_class(re.compile(r"\bopen\b"))
