"""The matcher: a table of what matches what, and agreement with the naive oracle."""

import pytest
from hypothesis import given, settings

from query import matcher, parse
from query.fields import LOGS
from query.witness import witnesses
from telemetry.records import LogRecord, Span
from tests.query.naive import naive
from tests.query.strategies import queries, records

RECORD = LogRecord(
    timestamp=1_768_000_000_000_000_000,
    service="checkout",
    level="error",
    message="Connection refused by db-1: time_out 42",
    error_code="PAYMENT_FAILURE",
    attrs={"ms": 300, "a": {"b": [1, "x"]}, "http.status": "500", "k": "a:b", "ok": True},
)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "*",
        'service:checkout AND level:(error OR warn) AND "connection refused" AND attrs.ms:>=250',
        "connection-refused",
        "refus*",
        "db",
        "time_out",
        "message:42",
        "attrs.a.b:x",
        "attrs.a.b:1",
        "attrs.http.status:[500 TO 599]",
        "attrs.http.status:500",
        "attrs.ok:true",
        r"/refused by db-\d/",
        "/(?i)CONNECTION/",
        "-level:info",
        r"attrs.k:a\:b",
        'attrs.k:"a:b"',
        "level:ERROR",
        "service:check*",
        "error_code:*",
        "timestamp:>=2026-01-01T00:00:00Z",
        "NOT (level:info OR level:debug)",
    ],
)
def test_it_matches(query):
    assert matcher(query, "logs")(RECORD)


@pytest.mark.parametrize(
    "query",
    ["refus", "time", '"refused connection"', "service:Checkout", "NOT level:error", "_exists_:attrs.zz",
     "attrs.ms:{300 TO *]", "attrs.a:*", "/connection/", "timestamp:<2026-01-01T00:00:00Z",
     "trace_id:*", "trace_id:**", "trace_id:/.*/"],
)  # fmt: skip
def test_it_does_not_match(query):
    assert not matcher(query, "logs")(RECORD)


def test_spans_have_a_duration_in_milliseconds():
    span = Span(timestamp=1, duration_ns=2_500_000_000, service="s", name="GET /x", trace_id="a", span_id="b")
    assert matcher("duration_ms:>2000 AND get", "spans")(span)
    assert not matcher("duration_ms:>2500", "spans")(span)


def test_alerts_are_matched_as_events():
    alert = {
        "severity": "error",
        "service": "pay",
        "message": "It broke",
        "issue_code": "X_1",
        "group": {"service": "p"},
    }
    assert matcher("severity:error broke", "alerts")(alert)
    assert matcher("x_1 group.service:p", "alerts")(alert)


@pytest.mark.parametrize("kept", [2**53 + 1, str(2**53 + 1), -(2**70) - 1])
def test_long_whole_numbers_are_not_rounded(kept):
    assert matcher(f'group.id:"{kept}"', "alerts")({"group": {"id": kept}})
    assert not matcher(f'group.id:"{int(kept) - 1}"', "alerts")({"group": {"id": kept}})


@settings(max_examples=1500, deadline=None)
@given(queries, records)
def test_it_agrees_with_the_naive_oracle(query, record):
    assert matcher(query, "logs")(record) == naive(parse(query, "logs"), record)


@settings(max_examples=300, deadline=None)
@given(queries)
def test_a_negation_has_no_witness_and_an_or_needs_all(query):
    assert witnesses(parse(f"NOT ({query})", "logs"), LOGS) is None
    assert witnesses(parse(f"({query}) OR NOT level:error", "logs"), LOGS) is None
