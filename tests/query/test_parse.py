"""Mistakes in a query are told in plain words, with their place."""

import pytest

from query import QueryError, matcher, parse
from telemetry.records import Span


@pytest.mark.parametrize(
    ("query", "words", "position"),
    [
        ("level:error servce:x", "unknown field 'servce'; did you mean 'service'?", 12),
        ("level:foo", "level is one of debug, info, warn, error", 6),
        ("(a", "unexpected end of expression", 2),
        ("a && b", "write AND instead of &&", 2),
        ("a || b", "write OR instead of ||", 2),
        ("!c", "write NOT instead of !", 0),
        ("x~2", "fuzzy", 0),
        ('"a b"~2', "proximity", 0),
        ("x^2", "boosts", 0),
        ("attrs.k:a:b", "must be quoted", 8),
        ("message:>5", "can't be compared", 8),
        ("attrs.ms:>=abc", "attrs.ms: expected a number, got 'abc'", 11),
        ("timestamp:>5", "a time with its zone", 11),
        ("/(/", "not a regular expression", 0),
        ('"', "unexpected character", 0),
        ("(" * 60 + "a" + ")" * 60, "nested deeper than 50", 50),
        ("a " * 3000, "longer than 5000", 5000),
        ("timestamp:2026*", "timestamp is a time: no pattern", 10),
        ("timestamp:/2026/", "only a range", 10),
        ('message:"--"', "no letter or digit", 8),
    ],
)
def test_it_says_what_and_where(query, words, position):
    with pytest.raises(QueryError) as caught:
        parse(query, "logs")
    assert words in str(caught.value)
    assert caught.value.position == position


@pytest.mark.parametrize(("query", "holds"), [("kind:span", True), ("kind:SPAN AND duration_ms:>1", True),
    ("NOT kind:span", False), ("kind:(span OR client)", True), ("kind:client", False)])  # fmt: skip
def test_a_span_is_a_span_whatever_its_kind(query, holds):
    span = Span(timestamp=0, duration_ns=2_000_000, service="s", name="n", trace_id="t", span_id="s", kind="server")
    assert matcher(query, "spans")(span) is holds
