"""A click narrows a query to the text that a person would have typed."""

import pytest

from query import matcher
from search.clauses import clause, toggled
from telemetry.records import LogRecord

ODD = [
    "checkout",
    "two words",
    'quo"te',
    "back\\slash",
    "a:b",
    "*",
    "?",
    "OR",
    "NOT",
    "(x",
    "/x/",
    "-1",
    "5",
    "ü",
    "x~2",
]


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("field", ["service", "attrs.k", "attrs.http.status-code", "attrs.a b", "attrs.x(y)"])
def test_a_clause_means_exactly_its_value(field, value):
    def log(held):
        attrs = {} if field == "service" else {field.removeprefix("attrs."): held}
        return LogRecord(timestamp=1, service=held, level="info", message="", attrs=attrs)

    only, without = (matcher(clause(field, value, out), "logs") for out in (False, True))
    assert only(log(value))
    assert not without(log(value))
    assert not only(log("another"))
    assert without(log("another"))


@pytest.mark.parametrize(
    ("query", "out", "expected"),
    [
        ("", False, "service:a"),
        ("*", True, "NOT service:a"),
        ("x", False, "x AND service:a"),
        ("x OR y", False, "(x OR y) AND service:a"),
        ("service:a", False, ""),
        ("x AND service:a", False, "x"),
        ("service:a AND x", False, "x"),
        ("x AND service:a AND y", False, "x AND y"),
        ("x AND service:a", True, "x AND NOT service:a"),
        ("NOT service:a AND x", False, "service:a AND x"),
        ("service:ab", False, "service:ab AND service:a"),
        ("NOT service:a", True, ""),
    ],
)
def test_a_click_adds_takes_away_or_turns_round(query, out, expected):
    assert toggled(query, "service", "a", out) == expected
