"""What people do to one alert and to many, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.screen import post_log


def opened(screen, name: str):
    """A new alert, open in the panel; gives its service and the panel."""
    service = post_log(screen.product, name)
    screen.row(service).click()
    panel = screen.page.locator("#panel")
    expect(panel.locator(".facts")).to_contain_text(service)
    return service, panel


@pytest.mark.parametrize(
    ("choice", "until"), [("minutes:60", re.compile(r"\d\d:\d\d UTC")), ("more:10", re.compile("×11"))]
)
def test_an_alert_is_snoozed_for_a_time_or_until_more_came_and_woken(screen, choice, until):
    service, panel = opened(screen, "snoozed")
    panel.get_by_label("Snooze").select_option(choice)
    expect(screen.row(service)).to_have_class(re.compile("snoozed"))
    expect(panel.locator(".facts")).to_contain_text(until)
    panel.get_by_role("button", name="Wake").click()
    expect(screen.row(service)).to_have_class(re.compile(r"\bopen\b"))


def test_a_verdict_takes_one_key_and_is_shown(screen):
    service, panel = opened(screen, "judged")
    for key, word in (("2", "Noise"), ("1", "Real"), ("3", "Known")):
        screen.page.keyboard.press(key)
        expect(panel.get_by_role("button", name=word)).to_have_attribute("aria-pressed", "true")
    expect(panel.locator(".verdicts [aria-pressed=true]")).to_have_count(1)
    screen.page.keyboard.press("z")
    expect(screen.row(service)).to_have_class(re.compile("snoozed"))
    screen.page.keyboard.press("m")
    expect(panel.locator(".facts")).to_contain_text("you")


def test_an_alert_is_merged_into_another_and_both_say_so(screen):
    kept = post_log(screen.product, "kept")
    expect(screen.row(kept)).to_be_visible()
    into = screen.row(kept).get_attribute("data-id")
    service, panel = opened(screen, "merged")
    panel.get_by_label("Merge into").select_option(into)
    expect(panel.locator(".facts")).to_contain_text(f"into PRICE_MISSING {kept}")
    expect(screen.row(service)).to_have_class(re.compile("resolved"))
    screen.row(kept).click()
    expect(panel.locator(".facts")).to_contain_text(service)
    panel.locator(".facts a", has_text=service).click()  # its page
    screen.page.locator("#panel").get_by_role("button", name="Reopen").click()
    expect(screen.page.locator("#panel .state")).to_have_text("open")


def test_all_that_match_the_filter_are_done_at_once_and_no_others(screen):
    page = screen.page
    first, second, third = (post_log(screen.product, name) for name in ("many", "many", "single"))
    for service in (first, second, third):
        expect(screen.row(service)).to_be_visible()
    screen.go(f"/?q=service:({first} OR {second})")
    bar = page.locator("#bulk")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(bar.locator("output")).to_have_text("1 selected")
    bar.get_by_role("button", name="all that match").click()
    expect(bar.locator("output")).to_have_text("all 2 that match")
    with page.expect_event("dialog") as asked:
        page.once("dialog", lambda dialog: dialog.accept())
        bar.get_by_role("button", name="Acknowledge").click()
    assert asked.value.message == "2 alerts will be acknowledged."
    expect(page.locator("#toasts")).to_contain_text("Acknowledged: 2")
    expect(bar).to_be_hidden()
    screen.go("/")
    for service, status in ((first, "acknowledged"), (second, "acknowledged"), (third, "open")):
        expect(screen.row(service)).to_have_class(re.compile(rf"\b{status}\b"))


def test_some_are_picked_by_key_and_what_is_not_in_a_state_for_it_is_counted(screen):
    page = screen.page
    services = [post_log(screen.product, "picked") for _ in range(2)]
    for service in services:
        expect(screen.row(service)).to_be_visible()
    screen.go(f"/?q=service:({' OR '.join(services)})")
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.locator(".row.resolved")).to_have_count(1)
    for key in ("x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("#bulk output")).to_have_text("2 selected")
    page.locator("#bulk").get_by_role("button", name="Resolve").click()
    expect(page.locator("#toasts")).to_contain_text("Resolved: 1; 1 was not in a state for it")
