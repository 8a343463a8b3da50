"""The explorer in a real browser: the query is typed with help, new logs come by themselves, searches become rules."""

import json
import re
import urllib.request
import uuid
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

SERIOUS = ("serious", "critical")
HOSTILE = "<img src=x onerror=alert(1)> \x1b[31m \u202e end"
SHOWN = "<img src=x onerror=alert(1)> ␛[31m <U+202E> end"


def send(product, count=1, **fields):
    at = datetime.now(UTC).isoformat()
    given = {"timestamp": at, "service": "till", "level": "info", "message": "served"} | fields
    body = "\n".join([json.dumps(given)] * count).encode()
    kind = {"Content-Type": "application/x-ndjson"}
    with urllib.request.urlopen(urllib.request.Request(f"{product.web_url}/api/ingest/log", body, kind)) as answer:
        assert answer.status == 202


@pytest.fixture(scope="module")
def stored(product):
    """Once they are found, what comes is live."""
    send(product, 3, service="pay desk", level="error", message="refused by 10.0.0.1", attrs={"ms": 5})
    send(product, 5, message=HOSTILE)
    product.rows_when(8, "SELECT id FROM raw_logs")


@pytest.fixture
def explorer(screen, stored):
    screen.page.on("dialog", lambda dialog: pytest.fail("a log line was run"))

    def go(address=""):
        screen.page.goto(f"{screen.product.web_url}/search/{address}")
        return screen.page

    return go


def is_live(page):
    expect(page.locator("#live")).to_have_attribute("data-state", "live")


def test_from_a_search_to_the_tail_to_a_saved_search_to_a_rule(explorer, product):
    page = explorer()
    page.keyboard.press("/")
    page.keyboard.type("ser")
    expect(page.get_by_role("option").first).to_contain_text("service")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("option", name="pay desk")).to_be_visible()
    page.keyboard.type("pay")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(page.locator("#q")).to_have_value('service:"pay desk" ')
    page.keyboard.press("Enter")
    expect(page.locator("tr.log")).to_have_count(3)

    page.keyboard.press(".")
    is_live(page)
    send(product, 1, service="pay desk", message="comes by itself")
    send(product, 1, service="another", message="is not asked for")
    expect(page.locator("tr.log .message").first).to_have_text("comes by itself")
    expect(page.locator("#tail-count")).to_have_text("1 shown")
    assert page.locator("tr.log").count() == 4
    assert "live=1" in page.url
    page.keyboard.press(".")

    page.keyboard.press("s")
    page.get_by_label("Name").fill("the pay desk")
    page.get_by_role("button", name="Save this search").click()
    expect(page.locator("#toasts")).to_contain_text("Saved as the pay desk")
    explorer("?q=something")
    page.keyboard.press("s")
    page.get_by_role("link", name="the pay desk").click()
    expect(page.locator("#q")).to_have_value('service:"pay desk"')

    page.locator("#acts summary").click()
    page.get_by_role("link", name="Make a rule of this search").click()
    expect(page.get_by_label("Query")).to_have_value('service:"pay desk"')


def test_whoever_scrolls_or_reads_stops_the_tail_and_goes_on_where_it_is(explorer, product):
    page = explorer("?live=1")
    is_live(page)
    send(product, 60, message="before")
    expect(page.locator("tr.log .message").first).to_have_text("before")
    page.mouse.move(700, 500)
    page.mouse.wheel(0, 400)
    expect(page.locator("#live")).to_have_text("paused")
    send(product, 2, message="meanwhile")
    expect(page.locator("#tail-count")).to_contain_text("2 waiting")
    expect(page.locator("tr.log .message").first).to_have_text("before")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("tr.log .message").first).to_have_text("meanwhile")
    page.locator("tr.log .message").first.click()
    expect(page.locator("#panel .text")).to_have_text("meanwhile")
    expect(page.locator("#panel #rules")).to_contain_text("rules looked at it")
    expect(page.locator("#live")).to_have_text("paused")
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("tr.log")).to_have_count(0)


LINES = {
    "tall": "line\n" * 50_000,
    "wide": "A" * 250_000,
    "odd": (HOSTILE + "\x00\x07\x9b31m\u200b\u2028 ") * 5000,
}


@pytest.fixture(scope="module")
def lines(product, stored):
    """Of one trace, the longest that are taken, hostile in every place; one of them is an alert."""
    trace = uuid.uuid4().hex
    for service, message in LINES.items():
        send(
            product, service=f"{service} {HOSTILE}"[:60], level="error", message=message, trace_id=trace,
            span_id="1" * 16, error_code="PRICE_MISSING", attrs={"evil": HOSTILE, HOSTILE[:20]: "x" * 6000},
        )  # fmt: skip
    *_, (log,) = product.rows_when(3, "SELECT id FROM raw_logs WHERE trace_id = ? ORDER BY id", trace)
    [(alert,)] = product.rows_when(1, "SELECT id FROM alerts WHERE service LIKE 'odd %'")
    return trace, str(uuid.UUID(alert)), log


def test_hostile_lines_are_text_wherever_they_are_shown(explorer, lines, product):
    trace, alert, log = lines
    page = explorer(f"?q=trace_id:{trace}&cols=error_code,attrs.evil")

    def is_text(place):
        """It is there, nothing of it became a part of the page, nothing is wider than the page, and it isn't long."""
        expect(place.first).to_contain_text("<img src=x onerror=alert(1)> ␛[31m <U+202E> end")
        assert page.locator("img, main script, script:not([src])").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert max(map(len, place.all_inner_texts())) < 20_000

    is_text(page.locator("tr.log"))
    expect(page.locator("tr.log .message").first).to_contain_text("␇<U+009B>31m<U+200B><U+2028>")
    page.locator("tr.log").first.click()
    is_text(page.locator("#panel"))
    page.get_by_role("button", name="Show all 2").click()
    expect(page.locator("#panel .text span").last).to_contain_text("<U+2028>")
    assert len(page.locator("#panel .text").text_content()) > 250_000
    page.locator("#panel summary").click()
    expect(page.locator("#panel .json")).to_contain_text("\\u202e end")
    page.keyboard.press("j")
    expect(page.locator("#panel .text")).to_contain_text("AAA")
    is_text(page.locator("#panel"))
    explorer(f"?view=patterns&q=trace_id:{trace}")
    is_text(page.locator("#facets"))
    expect(page.locator(".patterns .text", has_text="<img src=x")).to_be_visible()
    for path, place in (
        ("/traces/{trace}/", "main"), ("/alerts/{alert}/", ".alert"), ("/alerts/{alert}/", ".cause"), ("/", "#rows"),
        ("/logs/{log}/why/", "main"),
    ):  # fmt: skip
        page.goto(product.web_url + path.format(trace=trace, alert=alert, log=log))
        is_text(page.locator(place))
    page.goto(f"{product.web_url}/admin/alerts/alert/")
    expect(page.locator("body")).to_contain_text("<img src=x onerror=alert(1)>")


def test_hostile_lines_are_text_in_the_tail(explorer, product):
    page = explorer("?live=1&cols=error_code")
    is_live(page)
    send(product, message=HOSTILE, service=HOSTILE[:30], error_code=HOSTILE)
    first = page.locator("tr.log").first
    expect(first.locator(".message")).to_have_text(SHOWN)
    expect(first.locator(".extra")).to_have_text(SHOWN)
    send(product, message="huge " * 50_000)
    send(product, message="after it")
    expect(first.locator(".message")).to_have_text("after it")
    assert len(page.locator("tr.log .message").nth(1).inner_text()) <= 2000


def test_a_wrong_word_is_said_while_it_is_typed(explorer):
    page = explorer()
    page.keyboard.press("/")
    page.keyboard.type("servce:x")
    expect(page.locator("#typing .error")).to_contain_text("did you mean 'service'")
    expect(page.locator("#typing mark")).to_have_text("servce")


def test_a_range_from_one_time_to_another_is_taken_and_what_is_chosen_is_remembered(explorer):
    page = explorer()
    page.keyboard.press("d")
    page.get_by_label("From").fill("2026-01-02T03:04:05")
    page.get_by_label("to", exact=True).fill("2026-01-02T04:00:00")
    page.get_by_role("button", name="Take it").click()
    expect(page).to_have_url(re.compile("from=2026-01-02T03%3A04%3A05Z&to=2026-01-02T04%3A00%3A00Z"))
    expect(page.locator(".state-line")).to_contain_text("2 Jan 03:04 – 04:00 UTC")
    page.keyboard.press("c")
    page.keyboard.press("w")
    explorer()
    expect(page.locator("body")).to_have_class(re.compile("wrapped.*dense|dense.*wrapped"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["?live=1", "?view=patterns", "?q=ser&cols=host,error_code"])
def test_axe_finds_nothing_serious(explorer, scheme, address):
    page = explorer(address)
    page.emulate_media(color_scheme=scheme)
    page.wait_for_load_state("networkidle")
    if "live" in address:
        is_live(page)
        page.locator("#acts summary").click()
    elif "ser" in address:
        page.locator("#q").press("ArrowDown")
        page.get_by_role("option").first.wait_for()
    else:
        page.keyboard.press("s")
        page.get_by_label("Name").wait_for()
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in SERIOUS] == []


@pytest.mark.parametrize("address", ["?live=1", "?view=patterns"])
def test_on_a_telephone_nothing_is_cut_off(explorer, address):
    page = explorer(address)
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#acts summary").click()
    box = page.locator("#acts > div").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_columns_are_moved_by_hand_and_by_keys_made_wider_and_remembered(explorer, product):
    page = explorer("?cols=host,error_code,attrs.ms&q=refused")
    head = page.get_by_role("columnheader")
    expect(head).to_contain_text(["time", "level", "service", "host", "error_code", "attrs.ms", "message"])
    page.get_by_role("button", name="attrs.ms", exact=True).drag_to(page.get_by_role("button", name="host", exact=True))
    expect(head).to_contain_text(["attrs.ms", "host", "error_code", "message"])
    expect(page.locator("#said")).to_have_text("attrs.ms is column 1 of 3")
    expect(page.locator("tr.log").first.locator(".extra")).to_have_text(["5", "", ""])
    page.keyboard.press("ArrowRight")  # what was moved has the focus
    expect(page.locator("#said")).to_have_text("attrs.ms is column 2 of 3")
    expect(page.locator("tr.log").first.locator(".extra")).to_have_text(["", "5", ""])
    wide = page.get_by_role("columnheader", name="attrs.ms").bounding_box()["width"]
    page.keyboard.press("Shift+ArrowRight")
    assert page.get_by_role("columnheader", name="attrs.ms").bounding_box()["width"] > wide

    page.keyboard.press(".")
    is_live(page)
    send(product, 1, message="refused again", attrs={"ms": 7}, error_code="E1")
    expect(page.locator("tr.log").first.locator(".extra")).to_have_text(["", "7", "E1"])
    page.keyboard.press(".")

    explorer("?q=refused")
    expect(page).to_have_url(re.compile("cols=host%2Cattrs.ms%2Cerror_code"))
    for name in ("host", "attrs.ms", "error_code"):
        page.get_by_role("button", name=f"Remove the column {name}").click()
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    explorer("?q=refused")
    assert page.locator("th.extra").count() == 0
