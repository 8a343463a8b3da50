"""One running product and a real browser."""

import os

import pytest
from playwright.sync_api import expect

from tests.browser.screen import Screen
from tests.journeys.product import Product

# playwright's own loop runs in this thread, and Django would refuse the database because of it
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# what is pushed comes in a moment; a machine that does much else takes its time
expect.set_options(timeout=20_000)

QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    return browser_type_launch_args | {"executable_path": path, "args": ["--no-sandbox", "--disable-gpu", *QUIET]}


@pytest.fixture(scope="module")
def product(migrated, tmp_path_factory):
    running = Product(tmp_path_factory.mktemp("product"), migrated)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def cookies(browser, product):
    """Of the admin, who signs in once for all tests of a product."""
    context = browser.new_context()
    shown = Screen(context.new_page(), product)
    shown.sign_in()
    found = context.cookies()
    context.close()
    assert shown.complaints == []
    return found


@pytest.fixture
def screen(page, product, cookies):
    """Signed in; at the end nothing may have been complained about and nobody else asked."""
    page.context.add_cookies(cookies)
    shown = Screen(page, product)
    shown.go()
    yield shown
    assert shown.complaints == []
    assert shown.strangers == []
