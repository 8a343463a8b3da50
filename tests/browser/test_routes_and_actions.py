"""Routes are put in order and tried, and an action is asked for, approved by another person and seen to have worked."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.browser.screen import Screen, post_log
from tests.integrations.listener import listening
from tests.journeys.product import PASSWORD, Product
from tests.tools import ROOT

ACTION = "retry_with_fallback_price"  # what the rule for missing prices names


@pytest.fixture(scope="module")
def listener():
    with listening() as server:
        yield server


@pytest.fixture(scope="module")
def product(migrated, tmp_path_factory, listener):
    allow = f"127.0.0.1:{listener.port}"
    running = Product(tmp_path_factory.mktemp("product"), migrated, STACKLENS_OUTBOUND_ALLOW=allow)
    running.start()
    yield running
    running.stop()


PREPARED = """
from django.contrib.auth.models import Group, User
from integrations.models import Destination, Route
User.objects.create_user("sue", password="{password}").groups.add(Group.objects.get(name="responder"))
for name, query in (("Everything", ""), ("Errors", "severity:error")):
    place = Destination(slug=name.lower(), name=f"For {{name}}", kind="webhook", settings={{"url": "{url}/told"}})
    place.save()
    Route.objects.create(slug=name.lower(), name=name, query=query).destinations.set([place])
"""


@pytest.fixture(scope="module")
def prepared(product, listener):
    """Two routes in the wrong order, and somebody who may approve."""
    code = PREPARED.format(password=PASSWORD, url=listener.url)
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
    subprocess.run(command, cwd=ROOT, env=product.environment, check=True, capture_output=True)


def make_action(page, base, url):
    page.goto(f"{base}/admin/integrations/action/add/")
    page.locator("#id_name").fill(ACTION)
    page.locator("#id_url").fill(f"{url}/fallback")
    page.locator("#id_secret").fill("long enough to sign")
    page.locator("#id_parameters").fill('{"service": "{{ alert.service }}"}')
    page.locator("#id_mode").select_option("suggest")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile(r"/action/(\?.*)?$"))


def test_routes_are_put_in_order_and_an_action_is_approved_by_another_person(screen, prepared, listener, context):
    page, base = screen.page, screen.product.web_url
    make_action(page, base, listener.url)
    screen.go("/")
    service = post_log(screen.product, "mended", level="error")
    expect(screen.row(service)).to_be_visible(timeout=20000)

    page.goto(f"{base}/admin/integrations/route/where-to")
    expect(page.locator("#goes-to")).to_have_text("It would be told to For Everything.")
    page.goto(f"{base}/admin/integrations/route/")
    page.locator("#result_list tbody", has_text="Errors").locator("input[name$=position]").fill("1")
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator("#result_list tbody").first).to_contain_text("Errors")
    page.goto(f"{base}/admin/integrations/route/where-to")
    expect(page.locator("#goes-to")).to_have_text("It would be told to For Errors.")
    expect(page.locator("#where-to")).to_contain_text("is not asked: a route before it took the alert")

    screen.go("/")
    screen.row(service).click()
    automation = page.locator("#panel .automation")
    expect(automation).to_contain_text("suggested", timeout=20000)
    expect(automation.locator(".call")).to_contain_text(f'"service": "{service}"')
    automation.get_by_role("button", name="Ask for it").click()
    expect(automation).to_contain_text("waiting, asked for by admin")
    expect(automation.get_by_role("button", name="Approve")).to_have_count(0)
    alert = screen.row(service).get_attribute("data-id")

    sue = Screen(context.browser.new_context().new_page(), screen.product)
    sue.sign_in("/", "sue")
    sue.page.goto(f"{base}/alerts/{alert}/")
    sue.page.get_by_role("button", name="Approve").click()
    history = page.locator("#panel .history")
    expect(history).to_contain_text("action ran", timeout=20000)
    page.keyboard.press("r")
    expect(history).to_contain_text("action worked", timeout=20000)
    expect(history).to_contain_text(re.compile("action approved.*sue", re.DOTALL))
    sue.page.context.close()
    called = [one for one in listener.asked if one.path == "/fallback"]
    assert [one.json["parameters"] for one in called] == [{"service": service}]
    assert called[0].headers["webhook-signature"].startswith("v1,")
    assert (sue.complaints, sue.strangers) == ([], [])
