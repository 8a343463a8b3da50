"""PagerDuty: an incident that is triggered, acknowledged and resolved under one key."""

import pytest

from integrations.destinations.pagerduty import dedup_key, event
from tests.integrations.destinations.notices import ALERT, notice


@pytest.mark.parametrize(
    ("statuses", "action"),
    [
        (["open"], "trigger"),
        (["snoozed"], "trigger"),
        (["acknowledged"], "acknowledge"),
        (["acknowledged", "resolved"], "acknowledge"),
        (["open", "resolved"], "trigger"),
        (["resolved", "resolved"], "resolve"),
    ],
)
def test_the_action_follows_from_what_still_fires(statuses, action):
    told = event(notice(*[{"status": status} for status in statuses]))
    assert (told["event_action"], told["dedup_key"], "payload" in told) == (
        action,
        "route-1/checkout",
        action == "trigger",
    )


def test_the_event_in_full():
    told = event(notice())
    url = f"https://lens.example{ALERT['url']}"
    (details,) = told["payload"].pop("custom_details")["alerts"]
    assert (details["fix"], details["times"], details["url"]) == (ALERT["suggested_fix"], 42, url)
    assert told == {
        "event_action": "trigger",
        "dedup_key": "route-1/checkout",
        "payload": {
            "summary": "PRICE_MISSING · checkout · region eu: Product price is null",
            "source": "checkout",
            "severity": "error",
            "timestamp": "2026-11-24T12:00:00.000Z",
            "component": "checkout",
            "group": "service checkout",
            "class": "PRICE_MISSING",
        },
        "client": "StackLens",
        "client_url": url,
        "links": [{"href": url, "text": "PRICE_MISSING"}],
    }


def test_a_long_thread_keeps_a_key_of_its_own():
    keys = {dedup_key("x" * 300), dedup_key("x" * 301), dedup_key("x" * 255)}
    assert len(keys) == 3
    assert max(map(len, keys)) == 255
