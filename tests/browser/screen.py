"""What a person does with the pages."""

import json
import re
import urllib.request
import uuid
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from tests.journeys.product import Product


class Screen:
    """``complaints``: the browser's errors; ``strangers``: requests that went to somebody else."""

    def __init__(self, page: Page, product: Product) -> None:
        self.page, self.product = page, product
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        self.server_is_away = False
        page.on("console", self.heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self.asked)

    def heard(self, message) -> None:
        if message.type in ("error", "warning") and not self.server_is_away:
            self.complaints.append(message.text)

    def asked(self, request) -> None:
        if not re.match(rf"({re.escape(self.product.web_url)}/|data:)", request.url):
            self.strangers.append(request.url)

    def sign_in(self, path: str = "/", name: str = "") -> None:
        self.page.goto(f"{self.product.web_url}/accounts/login/?next={path}")
        self.page.get_by_label("User name").fill(name or self.product.admin)
        self.page.get_by_label("Password").fill(self.product.password)
        self.page.get_by_role("button", name="Sign in").click()
        self.is_live()

    def go(self, path: str = "/") -> None:
        self.page.goto(self.product.web_url + path)
        self.is_live()

    def is_live(self) -> None:
        expect(self.page.locator("#live")).to_have_text("live")

    def row(self, service: str):
        return self.page.locator("#rows .row", has=self.page.locator(".service", has_text=service))


def post_log(product: Product, service: str, **fields: str) -> str:
    """A log that the rule for missing prices fires on; gives the service, which is the alert's group."""
    service = f"{service}-{uuid.uuid4().hex[:6]}"
    log = {
        "timestamp": datetime.now(UTC).isoformat(),
        "service": service,
        "level": "error",
        "error_code": "PRICE_MISSING",
        "message": "Product price is null or missing",
        **fields,
    }
    request = urllib.request.Request(
        f"{product.web_url}/api/ingest/log", json.dumps(log).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 202
    return service
