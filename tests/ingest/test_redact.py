"""No secret survives at any place, and nothing else changes."""

import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.redact import key_kind, redact, redact_text, redact_value
from telemetry.records import LogRecord, MetricPoint, Span

CARD, SSN, MAIL = "4111 1111 1111 1111", "123-45-6789", "bob.b+x@mail.example.com"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP"
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"pay with {CARD} ok", "pay with [REDACTED:card] ok"),
        ("42 4111-1111-1111-1111.", "42 [REDACTED:card]."),
        ("amex 378282246310005", "amex [REDACTED:card]"),
        (f"ssn {SSN};", "ssn [REDACTED:ssn];"),
        (f"to <{MAIL}>", "to <[REDACTED:email]>"),
        ("Bearer abcdefgh123", "Bearer [REDACTED:bearer]"),
        ("Authorization: Basic Zm9vOmJhcg==", "Authorization: Basic [REDACTED:authorization]"),
        ("Cookie: a=b; c=d", "Cookie: [REDACTED:cookie]"),
        (f"jwt {JWT}", "jwt [REDACTED:jwt]"),
        (f"a {KEY} b", "a [REDACTED:private_key] b"),
        ("-----BEGIN PRIVATE KEY-----\ncut off", "[REDACTED:private_key]"),
        ("url?api_key=12&b=2", "url?api_key=[REDACTED:api_key]&b=2"),
        ("token='abc def' z", "token='[REDACTED:token]' z"),
        ('{"password":"hun ter","a":1}', '{"password":"[REDACTED:password]","a":1}'),
        (r"{\"password\": \"x\"}", r"{\"password\": \"[REDACTED:password]\"}"),
    ],
)
def test_a_secret_in_a_text_goes_and_the_rest_stays(text, expected):
    assert redact_text(text) == expected
    assert redact_text(expected) == expected


@pytest.mark.parametrize(
    "text",
    ["order 4111111111111112", "id 1234567890123456", "took 4111111111111111.5", "unexpected token: foo",
     "the bearer of this", "000-12-3456 and 123-45-67890", "a@b", "at 2026-01-10 10:20:30", "v1-2-3-4-5-6"],
)  # fmt: skip
def test_what_only_looks_alike_stays(text):
    assert redact_text(text) == text


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("dbPassword", "password"), ("X-API-Key", "api_key"), ("accessToken", "token"), ("set-cookie", "cookie"),
        ("client_secret", "secret"), ("CREDIT_CARD", "credit_card"), ("creditCardNumber", "credit_card"),
        ("Authorization", "authorization"), ("user.ssn", "ssn"), ("apikey", "api_key"),
        ("keyboard", None), ("tokens_used", "token"), ("passwordless", "password"), ("message", None), ("author", None),
    ],
)  # fmt: skip
def test_keys_are_known_in_any_spelling(key, kind):
    assert key_kind(key) == kind


def test_what_counts_tokens_holds_none():
    assert redact_value({"tokens_used": 31, "tokens": "abc"}) == {"tokens_used": 31, "tokens": "[REDACTED:token]"}


SECRETS = {"4111 1111 1111 1111": "card", "123-45-6789": "ssn", MAIL: "email", JWT: "jwt"}
SECRET_KEYS = ["password", "dbPassword", "api-key", "X-Token", "SSN", "user.secret", "Cookie"]
plain_text = st.sampled_from(["order 12 stored", "a b", "", "é", "x" * 40, "2026-01-10", "GET /a?b=c", "<b>"])
plain_keys = st.sampled_from(["a", "b.c", "http.method", "name", "count"])
plain = st.recursive(
    plain_text | st.integers(0, 10**6) | st.booleans() | st.none() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain_keys, inner, max_size=3),
    max_leaves=6,
)
planted = st.one_of(
    st.tuples(plain_text, st.sampled_from(list(SECRETS)), plain_text).map(" ".join),
    st.tuples(st.sampled_from(SECRET_KEYS), st.sampled_from(["hunter-2-canary", ["hunter-2-canary"], 7])).map(
        lambda pair: {pair[0]: pair[1], "beside": "stays"}
    ),
)


@st.composite
def deep(draw, inner):
    value = draw(inner)
    for wrap in draw(st.lists(st.sampled_from(["list", "dict"]), max_size=6)):
        value = [draw(plain), value] if wrap == "list" else {"k": value, "other": draw(plain)}
    return value


def records_with(value, text):
    time: Any = {"timestamp": 1, "service": "s"}
    ids: Any = {"trace_id": "a" * 32, "span_id": "b" * 16}
    yield LogRecord(**time, level="info", message=text, user_id=text, attrs={"v": value})
    yield Span(**time, **ids, duration_ns=1, name=text, status_message=text, attrs={"v": value},
               events=[{"timestamp": 1, "name": text, "attrs": {"v": value}}],
               links=[{"attrs": {"v": value}}])  # fmt: skip
    yield MetricPoint(**time, name=text, kind="gauge", attrs={"v": value})


@settings(max_examples=300, deadline=None)
@given(deep(planted), st.sampled_from(list(SECRETS)))
def test_no_planted_secret_survives_at_any_depth(value, secret):
    for record in records_with(copy.deepcopy(value), f"before {secret} after"):
        assert redact([record]) == 1
        left = msgspec.json.encode(record).decode()
        assert "hunter-2-canary" not in left
        assert not [each for each in SECRETS if each in left]
        assert "before [REDACTED:" in left


@settings(max_examples=300, deadline=None)
@given(deep(plain), plain_text)
def test_what_holds_no_secret_is_left_as_it_is(value, text):
    for record in records_with(value, text):
        before = copy.deepcopy(record)
        assert redact([record]) == 0
        assert record == before


@settings(max_examples=200, deadline=None)
@given(deep(planted))
def test_redacting_twice_changes_nothing_more(value):
    once = redact_value(value)
    assert redact_value(once) == once
