"""Elasticsearch finds what the query language says, record for record."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from search import indices, store
from search.backends import Away, backend
from search.bulk import line
from search.find import count
from search.search import search
from search.write import write
from telemetry.document import log_document, span_document
from tests.query.strategies import records
from tests.search import agreement
from tests.search import test_trace_list as listing


@pytest.fixture
def filled(cluster, settings):
    settings.ELASTICSEARCH_URL, settings.KAFKA_BROKERS = "named", ["named"]

    def fill(logs):
        today = datetime.now(UTC).date()
        for index in indices.daily():
            cluster.indices.delete(index=index)
        indices.setup(7)
        written = write([line(log.id.encode(), log_document(log), today) for log in logs])
        assert written.created == len(logs)
        cluster.indices.refresh(index="stacklens-logs")
        return logs

    return fill


def test_hand_written_queries_find_what_matches(filled):
    logs = filled(agreement.hand_written())
    for query in agreement.QUERIES:
        agreement.check(query, logs)
        agreement.check_groups(query, logs)


def test_every_word_of_odd_texts_finds_the_texts_that_have_it(filled):
    logs = filled(agreement.hand_written())
    for query in agreement.from_texts():
        agreement.check(query, logs)


@hypothesis(max_examples=agreement.SETS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(records, min_size=20, max_size=20), agreement.sets_of_queries)
def test_generated_queries_find_what_matches(filled, made, asked):
    logs = filled(agreement.placed(made))
    for query in asked:
        agreement.check(query, logs)


def test_before_the_first_record_nothing_is_found(cluster, settings):
    settings.ELASTICSEARCH_URL, settings.KAFKA_BROKERS = "named", ["named"]
    agreement.check("refused", [])
    agreement.check_groups("", [])
    assert backend().one("logs", "x") is None


def test_a_cluster_that_is_not_there_is_away(connect, settings):
    settings.ELASTICSEARCH_URL, settings.KAFKA_BROKERS = "named", ["named"]
    connect("http://127.0.0.1:9")
    with pytest.raises(Away, match="Elasticsearch can't be searched now"):
        count(search("x"))


@pytest.mark.django_db
def test_traces_are_listed_as_the_database_lists_them(cluster, settings):
    spans = [
        listing.span(
            number, number % 7, start=number % 5, long=number % 40, service="bank" if number % 3 else "till",
            status="error" if number % 4 == 0 else "ok", attrs={"k": "x"} if number % 2 else {},
        )
        for number in range(40)
    ]  # fmt: skip
    store.save([], spans, [])
    by_database = {query: listing.listed(query, 2) for query in listing.QUERIES}
    settings.ELASTICSEARCH_URL, settings.KAFKA_BROKERS = "named", ["named"]
    indices.setup(7)
    write([line(span.id.encode(), span_document(span), datetime.now(UTC).date()) for span in spans])
    cluster.indices.refresh(index="stacklens-spans")
    assert {query: listing.listed(query, 2) for query in listing.QUERIES} == by_database
    assert len(by_database[""]) == 4
