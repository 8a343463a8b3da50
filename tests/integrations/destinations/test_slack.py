"""Slack: the blocks, and one message that is kept up to date."""

import pytest

from integrations.destinations.kind import Passing, Permanent
from integrations.destinations.slack import Slack, message
from tests.integrations.destinations.notices import notice
from tests.integrations.listener import Told

KNOWN = {"channel": "C1", "ts": "1.2"}


def test_the_message_in_full():
    assert message(notice(kind="acknowledged", by="ada", reason="on it & <looking>")) == {
        "text": "Firing: PRICE_MISSING · checkout · region eu: Product price is null",
        "attachments": [
            {
                "color": "#c0392b",
                "blocks": [
                    {
                        "type": "header",
                        "text": {
                            "type": "plain_text",
                            "text": "Firing: PRICE_MISSING · checkout · region eu: Product price is null",
                            "emoji": False,
                        },
                    },
                    {
                        "type": "section",
                        "text": {
                            "type": "mrkdwn",
                            "text": "*<https://lens.example/alerts/0190c2a4-0000-7000-8000-000000000001/|PRICE_MISSING>*"
                            " checkout · region eu\nProduct price is null\n"
                            "error, open · ×42 · since 2026-11-24 12:00:00 UTC, last 2026-11-24 12:05:00 UTC\n"
                            "Suggested fix: Fall back to the last price\n"
                            "_acknowledged by ada: on it &amp; &lt;looking&gt;_",
                        },
                    },
                ],
            }
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def bot(listener):
    return {"token": "xoxb", "channel": "C1", "api": listener.url}


def paths(listener):
    return [asked.path for asked in listener.asked]


def test_the_bot_posts_once_changes_it_when_resolved_and_says_it_when_it_returns(listener):
    listener.answers = [Told(body=b'{"ok": true, "channel": "C1", "ts": "1.2"}')]
    kind, settings = Slack(), bot(listener)
    assert kind.tell(settings, notice()).reference == KNOWN
    kind.tell(settings, notice({"status": "resolved"}, kind="resolved", reference=KNOWN))
    kind.tell(settings, notice(kind="reopened", reference=KNOWN))
    assert paths(listener) == ["/chat.postMessage", "/chat.update", "/chat.update", "/chat.postMessage"]
    updated, _, reply = listener.asked[1:]
    assert (updated.json["ts"], updated.json["text"][:9]) == ("1.2", "Resolved:")
    assert (reply.json["thread_ts"], reply.headers["Authorization"]) == ("1.2", "Bearer xoxb")


def test_a_message_that_is_gone_is_posted_anew(listener):
    listener.answers = [
        Told(body=b'{"ok": false, "error": "message_not_found"}'),
        Told(body=b'{"ok": true, "channel": "C1", "ts": "3.4"}'),
    ]
    assert Slack().tell(bot(listener), notice(reference=KNOWN)).reference == {"channel": "C1", "ts": "3.4"}


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (b'{"ok": false, "error": "invalid_auth"}', Permanent),
        (b'{"ok": false, "error": "internal_error"}', Passing),
        (b"<html>", Passing),
    ],
)
def test_an_answer_of_200_may_be_a_refusal(listener, answer, raised):
    listener.answers = [Told(body=answer)]
    with pytest.raises(raised):
        Slack().tell(bot(listener), notice())
