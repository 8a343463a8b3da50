"""What every kind of destination that speaks HTTP has in common, against a real server."""

import json

import pytest

from integrations.destinations import KINDS
from integrations.destinations.kind import Passing, Permanent
from integrations.outbound import http
from tests.integrations.destinations.notices import EVIL, notice
from tests.integrations.listener import Told

SECRET = "0123456789abcdef0123456789abcdef"
OK = Told(body=b'{"ok": true, "channel": "C1", "ts": "1.2", "user": "lens"}')


def settings_of(name: str, url: str) -> dict[str, str]:
    return {
        "webhook": {"url": f"{url}/{SECRET}", "secret": SECRET},
        "slack": {"url": f"{url}/{SECRET}"},
        "slack-bot": {"token": SECRET, "channel": "C1", "api": url},
        "pagerduty": {"url": url, "routing_key": SECRET},
        "teams": {"url": f"{url}/{SECRET}"},
    }[name]


NAMES = ["webhook", "slack", "slack-bot", "pagerduty", "teams"]


def kind_of(name):
    return KINDS[name.partition("-")[0]]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_told_and_tested(listener, name):
    listener.answers = [OK]
    kind, settings = kind_of(name), settings_of(name, listener.url)
    assert kind.check(settings) == {}
    assert all(step.passed for step in kind.test(settings))
    listener.asked.clear()
    receipt = kind.tell(settings, notice())
    assert receipt.answer
    (asked,) = listener.asked
    assert asked.headers["Content-Type"].startswith("application/json")
    assert "PRICE_MISSING" in asked.body.decode()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (Told(404, f"no {SECRET} here".encode()), Permanent),
        (Told(302, headers={"Location": "http://127.0.0.1/"}), Permanent),
        (Told(429, headers={"Retry-After": "30"}), Passing),
        (Told(502, b"<html>bad gateway</html>"), Passing),
        (Told(hang=60), Passing),
    ],
)
def test_a_refusal_a_limit_and_a_hang_are_told_apart_without_credentials(listener, monkeypatch, name, answer, raised):
    monkeypatch.setattr(http, "SECONDS", 0.3)
    listener.answers = [answer]
    kind, settings = kind_of(name), settings_of(name, listener.url)
    with pytest.raises(raised) as failed:
        kind.tell(settings, notice())
    assert SECRET not in str(failed.value)
    assert getattr(failed.value, "retry_after", None) == (30 if answer.status == 429 else None)
    (step, *_) = kind.test(settings)
    assert (step.passed, SECRET in step.detail) == (False, False)


@pytest.mark.parametrize("name", NAMES)
def test_an_address_inside_is_refused_when_it_is_set_and_when_it_is_told(listener, settings, name):
    settings.OUTBOUND_ALLOW = type(settings.OUTBOUND_ALLOW)()
    kind, given = kind_of(name), settings_of(name, "https://169.254.169.254")
    assert "not public" in str(kind.check(given))
    with pytest.raises(Permanent, match="not public"):
        kind.tell(given, notice())


@pytest.mark.parametrize("name", NAMES)
def test_whatever_an_alert_holds_what_is_told_stays_within_bounds_and_is_one_json(listener, name):
    listener.answers = [OK]
    evil = {"message": EVIL * 100, "suggested_fix": EVIL * 100, "service": EVIL, "issue_code": "X" * 100}
    kind_of(name).tell(settings_of(name, listener.url), notice(*[evil] * 60))
    (asked,) = listener.asked
    assert len(asked.body) < {"webhook": 10**7, "teams": 28 * 2**10, "pagerduty": 512_000}.get(name, 100_000)
    assert json.loads(asked.body)
    if name.startswith("slack"):
        assert "<!channel>" not in json.dumps([part for part in texts(asked.json) if part.get("type") != "plain_text"])


def texts(value):
    """Every object that holds a text."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield {name: inner for name, inner in value.items() if name in ("type", "text")}
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from texts(inner)


@pytest.mark.parametrize(
    ("name", "settings", "field"),
    [
        ("webhook", {}, "url"),
        ("webhook", {"url": "https://example.com", "secret": "short"}, "secret"),
        ("webhook", {"url": "https://example.com", "secret": "whsec_x"}, "secret"),
        ("webhook", {"url": "https://example.com", "body": '{"a": "{{ a b }}"}'}, "body"),
        ("webhook", {"url": "https://example.com", "body": "{"}, "body"),
        ("slack", {}, "url"),
        ("slack", {"token": "x"}, "channel"),
        ("pagerduty", {"routing_key": "x"}, "routing_key"),
        ("teams", {"url": "http://example.com"}, "url"),
        ("email", {"to": "a@example.com"}, "to"),
    ],
)
def test_what_is_wrong_with_the_settings_is_said_by_field(name, settings, field):
    assert field in KINDS[name].check(settings)
