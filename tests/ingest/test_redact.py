"""No secret survives at any place, and nothing else changes."""

import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.redact import key_kind, redact, redact_record, redact_text, redact_value, suspects
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


MARKS = ["[REDACTED:password]", "[REDACTED:x]", "[REDACTED:]", "[REDACTED:token][REDACTED:token]", "[REDACTED:"]


@pytest.mark.parametrize("forged", MARKS)
@pytest.mark.parametrize(
    "text",
    ["password={}c4nary-77", "password=c4nary-77{}", "password=a{}c4nary-77", "password: {}c4nary-77",
     'password="{}c4nary-77"', '{{"password": "{}c4nary-77"}}', '{{"password": {}c4nary-77}}',
     '[{{"key": "token", "value": "{}c4nary-77"}}]', "Authorization: Basic {}c4nary-77", "Bearer {}c4nary-77",
     "Bearer c4nary-77{}", "Cookie: {}c4nary-77", "Cookie: {}; id=c4nary-77", "Cookie: {}a=b; id=c4nary-77",
     "db://user:{}c4nary-77@host", "db://user:c4nary-77{}@host", "secret = {}c4nary-77"],
)  # fmt: skip
def test_no_secret_hides_beside_a_forged_mark(text, forged):
    planted = text.format(forged)
    for once in (redact_text(planted), redact_value({"deep": [planted]})["deep"][0]):
        assert "c4nary" not in once
        assert redact_text(once) == once


@pytest.mark.parametrize("forged", ["[REDACTED:c4nary]", "[REDACTED:password]c4nary", "[REDACTED:c4nary][REDACTED:x]"])
def test_no_secret_hides_in_a_forged_mark(forged):
    assert redact_text(f"password={forged}") == "password=[REDACTED:password]"
    assert redact_value({"password": forged}) == {"password": "[REDACTED:password]"}


def test_a_mark_of_ours_stays_as_it_is():
    text = "password=[REDACTED:password], Bearer [REDACTED:bearer]"
    attrs: Any = {"password": "[REDACTED:token]", "m": "to [REDACTED:email]"}
    record = LogRecord(timestamp=1, service="s", level="info", message=text, attrs=attrs)
    assert redact([record]) == 0


pieces = st.sampled_from(
    ["api", "key", "KEY", "s", "S", "n", "to", "ken", "pass", "word", "a", "1", "4111111111111111", SSN, "@", "x.com",
     "%40", ".", "-", "_", " ", "  ", "\t", "\n", "\x01", "\x7f", '"', "\\", "/", "=", ":", "\u2028", "é", "ſ",
     "\u212a", "credit", "card", "eyJ", "Bearer", "cookie", "value"]
)  # fmt: skip
pieced = st.lists(pieces, max_size=6).map("".join)
pieced_values = st.recursive(
    pieced | st.integers(-(10**20), 10**20) | st.just(4111111111111111) | st.floats() | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(pieced, inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=1000, deadline=None)
@given(pieced, pieced, pieced_values, st.sampled_from([0, 1, 2]))
def test_the_first_look_misses_no_record_that_the_precise_one_would_change(text, key, value, kind):
    record = list(records_with({key: value}, text))[kind]
    if not suspects([record]):
        assert redact_value(record.attrs) == record.attrs
        assert not redact_record(record)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(pieced, st.sampled_from([0, 1, 2])), max_size=8))
def test_looking_at_many_records_at_once_finds_those_that_one_by_one_would(items):
    records = [list(records_with(text, text))[kind] for text, kind in items]
    one_by_one = [record for record in records if suspects([record])]
    assert [id(record) for record in suspects(records)] == [id(record) for record in one_by_one]
