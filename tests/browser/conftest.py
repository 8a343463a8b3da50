"""A running product, and Chromium with somebody signed in."""

import os
import shutil

import pytest

from tests.journeys.product import Product

# the product is a process of its own; pytest-playwright's loop must not stop Django's set-up here
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return browser_type_launch_args | {"executable_path": shutil.which("chromium"), "args": QUIET}


@pytest.fixture
def product(tmp_path):
    running = Product(tmp_path)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def watched(page):
    """The page; what its console complains of and what it asks of others fails the test at the end."""
    wrong = []
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if "//127.0.0.1" not in request.url else None)
    page.wrong = wrong
    return page


@pytest.fixture
def signed_in(watched, product):
    watched.goto(product.web_url)
    watched.fill("#id_username", product.admin)
    watched.fill("#id_password", product.password)
    watched.click("text=Sign in")
    watched.wait_for_selector("#live[data-state=live]")
    return watched
