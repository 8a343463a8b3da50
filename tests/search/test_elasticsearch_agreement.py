"""Elasticsearch finds what the query language says, record for record."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from search import indices
from search.backends import Away, backend
from search.bulk import line
from search.find import count
from search.search import search
from search.write import write
from telemetry.document import log_document
from tests.query.strategies import queries, records
from tests.search import agreement


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


@hypothesis(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(records, min_size=20, max_size=20), st.lists(queries, min_size=20, max_size=20))
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
