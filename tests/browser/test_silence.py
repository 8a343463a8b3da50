"""Silencing an alert from its panel, and the admin's forms of mutes, in a real browser."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.screen import post_log


def silence_from_panel(screen, service: str, reason: str):
    screen.row(service).click()
    panel = screen.page.locator("#panel")
    panel.get_by_text("Silence this").click()
    expect(panel.get_by_label("Alerts that meet")).to_have_value(re.compile(rf'service:"?{service}"?'))
    expect(panel.locator(".silence output")).to_have_text("mutes 1 of the alerts that fire now")
    panel.get_by_label("because").fill(reason)
    panel.get_by_role("button", name="Silence", exact=True).click()


def test_an_alert_is_silenced_from_its_panel_stays_on_the_page_and_the_silence_is_taken_back(screen):
    service = post_log(screen.product, "silenced")
    silence_from_panel(screen, service, "deploying")
    mark = screen.row(service).locator(".mute")
    expect(mark).to_have_text("silence by admin: deploying")
    expect(screen.page.locator("#panel .facts")).to_contain_text("silence by admin: deploying")
    expect(screen.page.locator("#panel .history")).to_contain_text("muted")
    screen.page.locator("#toasts").get_by_role("button", name="Undo").last.click()
    expect(mark).to_have_count(0)
    expect(screen.page.locator("#panel .history")).to_contain_text("unmuted")


def test_what_is_written_into_the_form_outlives_a_change_of_the_alert(screen):
    service = post_log(screen.product, "written")
    screen.row(service).click()
    panel = screen.page.locator("#panel")
    panel.get_by_text("Silence this").click()
    panel.get_by_label("because").fill("half a rea")
    panel.get_by_role("button", name="Acknowledge").click()
    expect(panel.locator(".history")).to_contain_text("acknowledged")
    expect(panel.get_by_label("because")).to_have_value("half a rea")


def test_a_wrong_query_is_said_as_it_is_written(screen):
    service = post_log(screen.product, "wrong")
    screen.row(service).click()
    panel = screen.page.locator("#panel")
    panel.get_by_text("Silence this").click()
    screen.server_is_away = True  # the refusal is noted on the console
    panel.get_by_label("Alerts that meet").fill("nothing:x")
    expect(panel.locator(".silence output")).to_contain_text("unknown field 'nothing'")


def test_the_admin_shows_what_a_window_would_mute_and_when_before_it_is_saved(screen):
    service = post_log(screen.product, "window")
    expect(screen.row(service)).to_be_visible()
    page = screen.page
    page.goto(f"{screen.product.web_url}/admin/alerts/maintenance/add/")
    page.locator("[name=query]").fill(f"service:{service}")
    page.locator("[name=first_day]").fill("2026-01-01")
    page.locator("[name=time_zone]").fill("Europe/Berlin")
    page.locator("[name=recurrence]").fill("FREQ=WEEKLY;BYDAY=SU")
    preview = page.locator("#mute-preview")
    expect(preview).to_contain_text(service)
    expect(preview).to_contain_text("Sun ")
    page.locator("[name=recurrence]").fill("FREQ=HOURLY")
    expect(page.locator(".rule-error")).to_contain_text("FREQ must be one of")


def test_when_a_silence_ends_by_itself_the_page_says_so(screen):
    service = post_log(screen.product, "ending")
    expect(screen.row(service)).to_be_visible()
    ends = datetime.now(UTC) + timedelta(seconds=6)
    token = next(one["value"] for one in screen.page.context.cookies() if one["name"] == "csrftoken")
    answer = screen.page.request.post(
        f"{screen.product.web_url}/api/v1/silences/",
        data={"query": f"service:{service}", "reason": "a moment", "ends_at": ends.isoformat()},
        headers={"X-CSRFToken": token, "Referer": screen.product.web_url},
    )
    assert answer.status == 201
    mark = screen.row(service).locator(".mute")
    expect(mark).to_have_text("silence by admin: a moment")
    expect(mark).to_have_count(0, timeout=60_000)  # the worker has seen the end
    screen.row(service).click()
    expect(screen.page.locator("#panel .history")).to_contain_text("unmuted")
