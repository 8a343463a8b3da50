"""What one person does is seen by everybody who looks, on whatever page."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.screen import Screen, post_log


@pytest.fixture
def other(browser, product):
    """Somebody else's browser, at the same dashboard."""
    context = browser.new_context()
    shown = Screen(context.new_page(), product)
    shown.sign_in()
    yield shown
    assert shown.complaints == []
    context.close()


def count_of(screen) -> int:
    return int(screen.page.locator("#open-count").inner_text() or 0)


def test_every_change_of_an_alert_is_seen_on_the_other_dashboard(screen, other):
    service = post_log(screen.product, "both")
    for one in (screen, other):
        expect(one.row(service)).to_be_visible()
    screen.row(service).click()
    other.row(service).click()
    panel, theirs = screen.page.locator("#panel"), other.page.locator("#panel")
    steps = [
        (lambda: panel.get_by_role("button", name="Take").click(), "assigned to admin"),
        (lambda: panel.get_by_role("button", name="Acknowledge").click(), "acknowledged by admin"),
        (lambda: panel.get_by_role("button", name="Real").click(), "judged real by admin"),
        (lambda: panel.get_by_label("Snooze").select_option("more:10"), "snoozed by admin"),
        (lambda: panel.get_by_role("button", name="Wake").click(), "reopened by admin"),
        (lambda: panel.get_by_role("button", name="Resolve").click(), "resolved by admin"),
    ]
    for act, told in steps:
        act()
        expect(theirs.locator(".history li").first).to_contain_text(told)
    panel.get_by_label("Comment").fill("it was the cache")
    panel.get_by_role("button", name="Add").click()
    expect(theirs.locator(".history")).to_contain_text("it was the cache")
    expect(other.row(service)).to_have_class(re.compile("resolved"))


@pytest.mark.parametrize("path", ["/search/", "/system/", "an alert"])
def test_the_number_of_open_alerts_is_right_on_every_page(screen, path):
    if path == "an alert":
        service = post_log(screen.product, "alone")
        screen.row(service).click()
        path = screen.page.locator("#panel .code").get_attribute("href")
    page = screen.page
    page.goto(screen.product.web_url + path)
    before, name = count_of(screen), re.sub(r"^\(\d+\) ", "", page.title())
    post_log(screen.product, "elsewhere")
    expect(page.locator("#open-count")).to_have_text(str(before + 1))
    expect(page).to_have_title(f"({before + 1}) {name}")
    assert "%23d92d20" in page.locator("#favicon").get_attribute("href")


def test_the_page_of_an_alert_follows_what_others_do(screen, other):
    service = post_log(screen.product, "followed")
    screen.row(service).click()
    other.row(service).click()
    path = screen.page.locator("#panel .code").get_attribute("href")
    screen.page.goto(screen.product.web_url + path)
    other.page.locator("#panel").get_by_role("button", name="Resolve").click()
    expect(screen.page.locator("#panel .state")).to_have_text("resolved")


# Notes what the browser was asked to show and to play, where a test can wait for it.
EARS = """
const noted = () => document.documentElement.dataset;
window.Notification = class extends Notification {
  constructor(title, more) { super(title, more); noted().shown = more.body; }
};
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function () { noted().played = 1 + Number(noted().played ?? 0); start.call(this); };
"""


def test_who_asks_for_it_is_told_of_new_errors_by_notification_and_sound(browser, product):
    context = browser.new_context(permissions=["notifications"])
    page = context.new_page()
    page.add_init_script(EARS)
    screen = Screen(page, product)
    screen.sign_in()
    html, button = page.locator("html"), page.get_by_role("button", name="Notify")
    expect(screen.row(post_log(product, "unasked"))).to_be_visible()
    expect(html).not_to_have_attribute("data-played", re.compile("."))
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.evaluate("Object.defineProperty(document, 'hidden', {get: () => true})")  # as if another tab was in front
    service = post_log(product, "asked")
    expect(html).to_have_attribute("data-shown", re.compile(service))
    expect(html).to_have_attribute("data-played", "1")
    screen.go("/")  # it is remembered
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert screen.complaints == []
    context.close()
