"""What is said of a query's clauses agrees with what the query matches."""

import pytest
from hypothesis import given, settings

from query import matcher, parse
from query.explain import explain, written
from telemetry.records import LogRecord
from tests.query.strategies import queries, records

RECORD = LogRecord(timestamp=1, service="cart", level="error", message="connection refused", attrs={"ms": 300})


@settings(max_examples=1000, deadline=None)
@given(queries, records)
def test_the_whole_is_met_when_the_query_matches(query, record):
    assert explain(parse(query, "logs"), record, "logs").met == matcher(query, "logs")(record)


@settings(max_examples=1000, deadline=None)
@given(queries, records)
def test_each_clause_is_met_when_it_matches_alone(query, record):
    for clause in explain(parse(query, "logs"), record, "logs").clauses():
        assert clause.met == matcher(clause.text, "logs")(record)


def test_a_written_time_means_the_same():
    node = parse("timestamp:[2026-01-31T12:00:00.5Z TO *]", "logs")
    assert parse(written(node), "logs") == node


@given(queries)
def test_what_is_written_means_the_same(query):
    node = parse(query, "logs")
    assert written(parse(written(node), "logs")) == written(node)


@pytest.mark.parametrize(
    ("query", "deciding"),
    [
        ("level:error AND refused", ["level:error", "message:refused"]),
        ("level:error AND timeout AND attrs.ms:>500", ["message:timeout", "attrs.ms:>500"]),
        ("service:shop OR attrs.ms:[200 TO 400}", ["attrs.ms:[200 TO 400}"]),
        ("NOT level:error", ["level:error"]),
        ('NOT (level:info OR "connection refused")', ['message:"connection refused"']),
        ("*", ["*"]),
        ("timestamp:<2026-01-31T12:00:00Z", ['timestamp:<"2026-01-31T12:00:00+00:00"']),
        ('error_code:"a \\"b\\""', ['error_code:"a \\"b\\""']),
    ],
)
def test_the_clauses_that_decide_are_named(query, deciding):
    assert [clause.text for clause in explain(parse(query, "logs"), RECORD, "logs").deciding()] == deciding
