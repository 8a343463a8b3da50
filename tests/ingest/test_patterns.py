"""Patterns: the same failure reads the same, and makes one alert."""

import time

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alerts import lifecycle, windows
from alerts.analyse import Analyser
from alerts.event import alert_event
from alerts.models import Alert, Rule
from alerts.mutes.wording import query_of
from ingest.enrich import add_patterns
from ingest.patterns import ALL, BETWEEN, POD, mask
from query import matcher
from telemetry.records import LogRecord


@pytest.mark.parametrize(
    ("message", "pattern"),
    [
        ("took 31 ms", "took <num> ms"),
        ("took 1,234.5s and 3.5e-7", "took <num>s and <num>"),
        ("GET /orders/123/items/9 gave 500", "GET /orders/<num>/items/<num> gave <num>"),
        ("user 6f1d7c1e-6a0e-5e3f-9d0b-0a6f5d3c2b11 is gone", "user <uuid> is gone"),
        ("commit 3f2a9bc, 0123456789abcdef, 0x7ffd", "commit <hex>, <hex>, <hex>"),
        ("key sess_9fKx82Lqa7Zt expired", "key sess_<id> expired"),
        ("pod checkout-7d9f8b6c5-x2vbk restarted", "pod checkout-<pod> restarted"),
        ("connect to 10.0.0.1:5432 refused", "connect to <ip>:<num> refused"),
        ("connect to [2001:db8::1]:5432 refused", "connect to [<ip>]:<num> refused"),
        ("fe80::a1b2:3 and ::1", "<ip> and <ip>"),
        ("00:1a:2b:3c:4d:5e is down", "<mac> is down"),
        ("at 2026-03-01T12:00:07.123+02:00, or 12:00:07,5", "at <time>, or <time>"),
        ("mail to ada.b@example.org bounced", "mail to <email> bounced"),
        # what is no more than words stays
        ("connection refused: no route to host", "connection refused: no route to host"),
        ("std::vector in http2 and sha256 defaced", "std::vector in http<num> and sha<num> defaced"),
        ("internationalization of authentication", "internationalization of authentication"),
        ("", ""),
    ],
)
def test_what_varies_is_masked(message, pattern):
    assert mask([message]) == [pattern]
    assert mask(["before", message, message]) == ["before", pattern, pattern]  # from memory, too


words = st.one_of(
    st.text("0123456789abcdefx.:-", max_size=20), st.from_regex(rf"[a-c]-{POD}{{8,10}}-[0-9a-z]{{5}}", fullmatch=True),
    st.from_regex(r"0x[0-9a-f]{1,3}|[0-9]{4}-[0-9]{2}-[0-9]{2}T?|v[0-9]@[0-9].[a-z]", fullmatch=True),
    st.text(max_size=5),
)  # fmt: skip


@settings(max_examples=800, deadline=None)
@given(st.lists(st.lists(words, max_size=4).map(" ".join), max_size=4))
@example([f"1 {BETWEEN} 2", "3"])
@example([f"{BETWEEN}", ""])
@example(["1 ", " 2", "\ud800 3"])
def test_masked_together_messages_read_as_if_each_word_were_masked_alone(messages):
    def alone(word):
        return ALL.sub(lambda found: f"<{found.lastgroup}>", word)

    assert mask(messages) == [" ".join(map(alone, message.split(" "))) for message in messages]


@pytest.mark.django_db
def test_a_rule_that_groups_by_pattern_makes_one_alert_of_the_same_failure():
    Rule(slug="failing", name="Failing", query="level:error", group_by=["service", "pattern"]).save()
    analyser = Analyser([Rule.objects.get().spec()])
    now = time.time_ns()
    messages = ["timeout after 31 ms to 10.0.0.7", "timeout after 5012 ms to 10.0.3.9", "no price for 6f1d7c1e99"]
    logs = [
        LogRecord(timestamp=now, received_at=now, service="shop", level="error", message=message, id=f"r-{number}")
        for number, message in enumerate(messages)
    ]
    add_patterns(logs)
    with transaction.atomic():
        outcomes = windows.judge(analyser, analyser.observe("logs", logs)[0], {"logs.received": now})
        lifecycle.publish(lifecycle.apply(outcomes, timezone.now()))
    found = {alert.group["pattern"]: alert for alert in Alert.objects.all()}
    assert {pattern: alert.count for pattern, alert in found.items()} == {
        "timeout after <num> ms to <ip>": 2,
        "no price for <hex>": 1,
    }
    for alert in found.values():
        meets = matcher(query_of(alert), "alerts")
        assert [meets(alert_event(other)) for other in found.values()] == [other is alert for other in found.values()]
