"""Elasticsearch is stopped and started under the page: what is down is said, the rest works, and it comes back."""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.screen import post_log
from tests.journeys.product import Product
from tests.servers import Elasticsearch
from tests.tools import free_ports

SOON = 60_000  # milliseconds; the indexer and the client have to notice


@pytest.fixture(scope="module")
def elastic():
    server = Elasticsearch()
    yield server.start()
    server.remove()


@pytest.fixture(scope="module")
def product(migrated, tmp_path_factory, elastic, kafka):
    running = Product(
        tmp_path_factory.mktemp("with-elasticsearch"), migrated,
        ELASTICSEARCH_URL=elastic.url, KAFKA_BROKERS=kafka.brokers, STACKLENS_INGEST_AUTH="off",
        STACKLENS_INDEXER_HEALTH_PORT=str(free_ports(1)[0]),
    )  # fmt: skip
    running.start()
    yield running
    running.stop()


def found_after(page, product, service):
    """Seconds until a log of the service is found, from now on."""
    began = time.monotonic()
    while time.monotonic() < began + 60:
        answer = page.request.get(f"{product.web_url}/api/v1/logs/?q=service:{service}")
        if answer.status == 200 and answer.json()["results"]:
            return time.monotonic() - began
        time.sleep(0.1)
    raise AssertionError("not found within a minute")


def test_elasticsearch_stops_and_comes_back(screen, elastic):
    page, product = screen.page, screen.product
    first = post_log(product, "shop")
    found_after(page, product, first)
    screen.server_is_away = True  # answers of 503 are complaints to a browser
    page.goto(f"{product.web_url}/search/?q=service:{first}")
    expect(page.locator("tr.log")).to_have_count(1)

    elastic.stop()
    page.reload()
    expect(page.get_by_role("alert").first).to_contain_text("Elasticsearch can't be searched now", timeout=SOON)
    expect(page.locator("#histogram")).to_contain_text("Elasticsearch can't be searched now", timeout=SOON)
    second = post_log(product, "shop")
    screen.go("/")
    screen.row(second).click()
    expect(page.locator("#panel h2")).to_have_text("Product price is null or missing")
    page.locator("#panel .cause > summary").click()
    expect(page.locator("#panel .cause")).to_contain_text("Elasticsearch can't be searched now", timeout=SOON)
    expect(page.get_by_role("region", name="Similar before")).to_contain_text("PRICE_MISSING")

    away = page.context.new_page()
    away.goto(f"{product.web_url}/search/?q=service:{first}")

    elastic.start()
    found_after(page, product, second)
    page.get_by_role("region", name="Around it").get_by_role("button", name="Try again").click()
    expect(page.locator("#panel .cause rect.firing")).to_have_count(1)
    away.locator(".found").get_by_role("button", name="Try again").click()
    expect(away.locator("tr.log")).to_have_count(1)
