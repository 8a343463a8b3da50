"""Writing a rule in the admin: the form helps as one types, tries the rule, and plays it over what is stored."""

import json
import re
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.screen import Screen

RECORDS = 6_000
# takes a second for a few thousand records, so that there is time to stop it; no word of it could be looked up
SLOW = " OR ".join(f"message:/([a-z]*[qx{number}])+[a-z]+{number}?[0-9]/" for number in range(60))


@pytest.fixture(scope="module")
def stored(product) -> None:
    """What came in during the last 50 minutes: every tenth record is an error."""
    now = datetime.now(UTC)
    for part in range(0, RECORDS, 2000):
        lines = [
            {
                "timestamp": (now - timedelta(seconds=3000 * (1 - number / RECORDS))).isoformat(),
                "service": "till" if number % 3 else "cart",
                "level": "error" if number % 10 == 0 else "info",
                "message": "refused by the bank" if number % 10 == 0 else "served",
            }
            for number in range(part, part + 2000)
        ]
        body = "\n".join(map(json.dumps, lines)).encode()
        request = urllib.request.Request(
            f"{product.web_url}/api/ingest/log", body, {"Content-Type": "application/x-ndjson"}
        )
        urllib.request.urlopen(request).close()
    product.rows_when(RECORDS, "SELECT id FROM raw_logs", seconds=60)


@pytest.fixture
def form(page, product, stored, cookies):
    """A new rule's form, open."""
    page.context.add_cookies(cookies)
    screen = Screen(page, product)
    page.goto(f"{product.web_url}/admin/alerts/rule/add/")
    yield screen
    assert screen.complaints == []
    assert screen.strangers == []


def fill(page, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)


def test_only_the_fields_of_the_chosen_type_are_shown(form):
    page = form.page
    for kind, own, foreign in (
        ("frequency", "frequency_threshold", "match_resolve_after"),
        ("sequence", "sequence_first", "frequency_threshold"),
        ("match", "match_resolve_after", "sequence_first"),
    ):
        page.locator("[name=type]").select_option(kind)
        expect(page.locator(f"[name={own}]")).to_be_visible()
        expect(page.locator(f"[name={foreign}]")).to_be_hidden()
        shown = page.locator("[data-rule-type]").filter(visible=True)
        assert {field.get_attribute("data-rule-type") for field in shown.all()} == {kind}


def test_it_is_checked_and_explained_as_one_types_and_says_what_it_would_have_found(form):
    page = form.page
    preview = page.locator("#rule-preview")
    fill(page, query="level:error AND nothing:x")
    expect(page.locator("#rule-error-query mark")).to_have_text("nothing")
    expect(page.locator("#rule-error-query")).to_contain_text("unknown field 'nothing'")
    fill(page, query="level:error")
    expect(page.locator("#rule-error-query")).to_have_count(0)
    page.locator("[name=type]").select_option("frequency")
    fill(page, frequency_threshold="0")
    expect(page.locator("#rule-error-frequency_threshold")).to_contain_text("greater than or equal to 1")
    fill(page, frequency_threshold="20", frequency_window="300")
    expect(preview.locator(".rule-sentence")).to_have_text(
        re.compile("^Error when at least 20 records with level:error per service within 5 min")
    )
    expect(preview).to_contain_text("would have fired")
    expect(preview.locator(".rule-table").first).to_contain_text("cart")
    expect(preview.locator(".rule-examples")).to_contain_text("refused by the bank")
    expect(preview.get_by_role("img")).to_be_visible()


def test_a_rule_is_saved_edited_and_its_history_shows_both(form):
    page = form.page
    fill(page, name="Refused by the bank", query="level:error refused")
    expect(page.locator("[name=slug]")).to_have_value("refused-by-the-bank")
    page.locator("[name=type]").select_option("frequency")
    fill(page, frequency_threshold="5")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator("[name=frequency_threshold]")).to_have_value("5")
    fill(page, frequency_threshold="7")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator("[name=frequency_threshold]")).to_have_value("7")
    page.goto(page.url.replace("/change/", "/history/"))
    expect(page.locator("#version-2 .rule-diff")).to_contain_text("7")
    page.get_by_role("button", name="Roll back to version 1").click()
    expect(page.locator("#version-3")).to_be_visible()


def test_a_replay_shows_how_far_it_is_and_what_draft_and_rule_differ_in(form):
    page = form.page
    [(rule,)] = form.product.rows("SELECT id FROM alerts_rule WHERE slug = 'price-missing'")
    page.goto(f"{form.product.web_url}/admin/alerts/rule/{rule}/change/")
    fill(page, query="level:error")
    section = page.locator("#rule-replay")
    section.get_by_role("button", name="Last hour").click()
    expect(section.get_by_role("button", name="Stop")).to_be_visible()
    expect(section.locator(".rule-numbers")).to_contain_text("added, removed", timeout=30000)
    expect(section.get_by_role("button", name="Stop")).to_be_hidden()
    expect(section.get_by_role("img", name=re.compile("^cart: fired"))).to_be_visible()
    expect(section.locator(".rule-table").last).to_contain_text("+ added")


def test_a_replay_is_stopped(form):
    page = form.page
    fill(page, name="Slow", query=SLOW)
    section = page.locator("#rule-replay")
    section.get_by_role("button", name="Last week").click()
    section.get_by_role("button", name="Stop").click()
    expect(section).to_contain_text("Stopped after", timeout=15000)
    expect(section.get_by_role("button", name="Last hour")).to_be_enabled()
