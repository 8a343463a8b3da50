"""Teams: a card in which nothing is read as Markdown, and which is never too large."""

import json

from integrations.destinations.teams import LARGEST, card, message
from tests.integrations.destinations.notices import EVIL, notice


def blocks(told):
    return told["attachments"][0]["content"]["body"]


def test_the_card_says_what_the_notice_says():
    told = card(notice(kind="opened"))
    head, *rest = blocks(told)
    assert (head["style"], [part["inlines"][0]["text"] for part in (*head["items"], *rest)]) == (
        "attention",
        [
            "Firing: PRICE_MISSING · checkout · region eu: Product price is null",
            "PRICE_MISSING checkout · region eu",
            "Product price is null",
            "error, open · ×42 · since 2026-11-24 12:00:00 UTC, last 2026-11-24 12:05:00 UTC",
            "Suggested fix: Fall back to the last price",
            "opened",
        ],
    )
    assert told["attachments"][0]["content"]["actions"][0]["url"].startswith("https://lens.example/alerts/")


def test_text_stands_in_runs_only():
    told = card(notice({"message": EVIL, "status": "resolved"}))
    assert blocks(told)[0]["style"] == "good"
    assert {part["type"] for part in blocks(told)[1:]} == {"RichTextBlock"}


def test_alerts_that_do_not_fit_are_counted():
    long = {"message": "ä" * 500, "suggested_fix": "ü" * 500, "group": {"pod": "ö" * 300}}
    said = message(notice(*[long] * 30))
    assert len(said) <= LARGEST
    last = blocks(json.loads(said))[-1]["inlines"][0]["text"]
    shown = json.loads(said)["attachments"][0]["content"]["body"]
    assert last == f"and {30 - sum(part.get('separator', False) for part in shown)} more"
