"""The dashboard in a real browser, against the running product."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.screen import Screen, post_log

SERIOUS = ("serious", "critical")


def test_an_empty_dashboard_shows_how_to_make_an_alert_and_that_it_comes(screen):
    """First in this module: nothing has happened yet."""
    expect(screen.page.locator("#empty")).to_contain_text("curl")
    service = post_log(screen.product, "first")
    expect(screen.row(service)).to_be_visible()
    expect(screen.page.locator("#empty")).to_be_hidden()
    expect(screen.page.locator("#news")).to_contain_text(service)
    expect(screen.page).to_have_title(re.compile(r"^\(1\) "))


def test_a_wrong_password_is_said(page, product):
    page.goto(f"{product.web_url}/")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("don't go together")


def test_an_alert_is_acknowledged_commented_resolved_and_taken_back(screen):
    service = post_log(screen.product, "acted")
    screen.row(service).click()
    panel = screen.page.locator("#panel")
    expect(panel).to_contain_text("Check inventory service response")
    expect(panel).to_contain_text("nobody yet")
    panel.get_by_role("button", name="Acknowledge").click()
    expect(panel).to_contain_text("you")
    expect(screen.row(service)).to_have_class(re.compile("acknowledged"))
    panel.get_by_label("Comment").fill("looking <b>at it</b>")
    panel.get_by_role("button", name="Add").click()
    expect(panel.locator(".history")).to_contain_text("looking <b>at it</b>")
    panel.get_by_role("button", name="Resolve").click()
    expect(screen.row(service)).to_have_class(re.compile("resolved"))
    screen.page.locator("#toasts").get_by_role("button", name="Undo").last.click()
    expect(screen.row(service)).to_have_class(re.compile("acknowledged"))


def test_of_two_people_the_second_is_told_in_words(screen, browser):
    service = post_log(screen.product, "twice")
    screen.row(service).click()
    button = screen.page.locator("#panel").get_by_role("button", name="Acknowledge")
    expect(button).to_be_visible()
    screen.page.route("**/panel/", lambda route: route.abort())  # so that the button stays
    screen.server_is_away = True  # the aborted requests and the conflict are noted on the console
    alert = screen.row(service).get_attribute("data-id")
    token = next(one["value"] for one in screen.page.context.cookies() if one["name"] == "csrftoken")
    other = screen.page.request.post(
        f"{screen.product.web_url}/api/v1/alerts/{alert}/acknowledge/",
        headers={"X-CSRFToken": token, "Referer": screen.product.web_url},
    )
    assert other.ok
    button.click()
    expect(screen.page.locator("#toasts")).to_contain_text("Not done: the alert is acknowledged")


def test_everything_goes_by_the_keyboard(screen):
    page = screen.page
    first, second = post_log(screen.product, "keys"), post_log(screen.product, "keys")
    expect(screen.row(first)).to_be_visible()
    expect(screen.row(second)).to_be_visible()
    screen.go("/")
    page.keyboard.press("j")
    expect(page.locator(".row").nth(0)).to_have_class(re.compile("selected"))
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator(".row").nth(0)).to_have_class(re.compile("selected"))
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_be_visible()
    assert "alert=" in page.url
    page.keyboard.press("a")
    expect(page.locator("#panel .state")).to_have_text("acknowledged")
    page.keyboard.press("r")
    expect(page.locator("#panel .state")).to_have_text("resolved")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("service:nobody")
    page.keyboard.press("Enter")
    expect(page.locator("#empty")).to_contain_text("Nothing matches")
    screen.is_live()
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page).to_have_url(re.compile("/system/"))
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page.locator("h1")).to_have_text("Alerts")
    screen.is_live()


def test_nothing_moves_while_a_row_is_selected(screen):
    page = screen.page
    screen.row(post_log(screen.product, "still")).first.wait_for()
    page.keyboard.press("j")
    before = page.locator(".row").nth(0).get_attribute("data-id")
    service = post_log(screen.product, "waits")
    expect(page.locator("#fresh")).to_have_text("1 new ↑")
    assert page.locator(".row").nth(0).get_attribute("data-id") == before
    page.locator("#fresh").click()
    expect(screen.row(service)).to_be_visible()


def test_paused_it_counts_and_goes_on(screen):
    screen.page.keyboard.press(".")
    expect(screen.page.locator("#live")).to_have_text("paused")
    service = post_log(screen.product, "paused")
    expect(screen.page.locator("#live")).to_have_text(re.compile(r"paused, \d+ behind"))
    assert screen.row(service).count() == 0
    screen.page.keyboard.press(".")
    expect(screen.row(service)).to_be_visible()
    screen.is_live()


def test_a_range_can_be_drawn_and_has_an_address(screen):
    box = screen.page.locator("#histogram svg").bounding_box()
    screen.page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20)
    screen.page.mouse.down()
    screen.page.mouse.move(box["x"] + box["width"] - 1, box["y"] + 20, steps=4)
    screen.page.mouse.up()
    expect(screen.page).to_have_url(re.compile("from=.*&to="))
    expect(screen.page.locator(".state-line")).to_contain_text("UTC")
    screen.is_live()


def test_a_wrong_filter_says_where(screen):
    screen.go("/?q=severity:purple")
    expect(screen.page.locator("#q-error")).to_contain_text("at character")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/?alert", "/system/"])
def test_axe_finds_nothing_serious(screen, scheme, path):
    service = post_log(screen.product, "axe")
    screen.row(service).wait_for()
    screen.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    screen.go(path)
    if path == "/?alert":
        screen.page.locator(".row").first.click()
        screen.page.locator("#panel h2").wait_for()
    found = Axe().run(screen.page).response["violations"]
    bad = [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found if one["impact"] in SERIOUS]
    assert bad == []


@pytest.mark.parametrize("path", ["/", "/system/"])
def test_on_a_telephone_nothing_is_cut_off(screen, path):
    screen.page.set_viewport_size({"width": 390, "height": 844})
    screen.row(post_log(screen.product, "narrow")).wait_for()
    screen.go(path)
    screen.page.evaluate("document.getElementById('open-count').textContent = '12,345'")
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_theme_is_remembered(screen):
    button = screen.page.locator("#theme")
    button.click()
    expect(button).to_contain_text("light")
    button.click()
    screen.go("/")
    assert screen.page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert screen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 18, 22)"


def test_signed_out_is_signed_out(page, product):
    screen = Screen(page, product)
    screen.sign_in()  # others go on in the session that they share
    screen.page.get_by_role("button", name="Sign out").click()
    expect(screen.page.get_by_label("User name")).to_be_visible()
    screen.page.goto(screen.product.web_url + "/")
    expect(screen.page.get_by_label("User name")).to_be_visible()
