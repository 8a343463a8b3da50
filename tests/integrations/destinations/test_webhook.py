"""A webhook is signed as the Standard Webhooks say, and its body may be a template."""

import json

import pytest

from integrations import template
from integrations.destinations.webhook import Webhook, body, headers, signature
from tests.integrations.destinations.notices import EVIL, notice


def test_the_signature_is_that_of_the_standards_own_example():
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_repeat_has_the_same_key_and_a_time_of_its_own(listener):
    made = [headers({"secret": "x" * 16, "token": "t"}, "key-1", b"{}", at) for at in (1, 2)]
    assert {one["webhook-id"] for one in made} == {one["Idempotency-Key"] for one in made} == {"key-1"}
    assert made[0]["webhook-signature"] != made[1]["webhook-signature"]
    assert made[0]["Authorization"] == "Bearer t"
    Webhook().tell({"url": listener.url}, notice())
    assert "webhook-signature" not in listener.asked[0].headers


def test_the_body_is_the_notice():
    told = json.loads(body(notice({"status": "resolved"}, kind="resolved")))
    assert (told["type"], told["state"], told["key"], told["thread"]) == (
        "alerts",
        "resolved",
        "key-1",
        notice().thread,
    )
    assert told["alerts"][0]["url"].startswith("https://lens.example/alerts/")
    assert told["alerts"][0]["transitions"][0]["kind"] == "resolved"


def test_a_template_makes_another_and_what_is_put_in_stays_a_text():
    text = '{"what": "{{ headline }} ({{state}})", "times": "{{ alert.count }}", "{{ severity }}": ["{{ alert.no }}"]}'
    told = json.loads(body(notice({"message": EVIL + '", "admin": "yes'}), text))
    assert set(told) == {"what", "times", "error"}
    assert (told["times"], told["error"]) == (42, [None])
    assert told["what"].endswith('"admin": "yes (firing)')


@pytest.mark.parametrize("text", ["{{ alert }", "{{ alert.__class__() }}", "{{ }}", "{% if x %}{{ 1 }}", "{{ a..b }}"])
def test_a_place_that_is_none_is_refused(text):
    with pytest.raises(template.Wrong):
        template.check(text)


def test_a_template_reads_only_what_it_is_given():
    assert template.fill("{{ a.__class__ }}{{ a.keys }}{{ b.0.c }}{{ b.7 }}", {"a": {}, "b": [{"c": "x"}]}) == "x"
    with pytest.raises(template.Wrong, match="there are alert"):
        template.check("{{ settings.SECRET_KEY }}", frozenset({"alert"}))
