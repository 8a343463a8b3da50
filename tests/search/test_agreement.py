"""The database finds what the query language says, record for record: on SQLite here, on Postgres in its own run."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import find, store
from search.models import RawLog
from search.search import Search, search
from tests.query.strategies import records
from tests.search import agreement

pytestmark = pytest.mark.django_db


@pytest.fixture
def logs():
    """As they are read back: Postgres keeps 1e300 as the whole number that it is written like."""
    store.save(agreement.hand_written(), [], [])
    return list(find.everything(Search("logs"), 10_000))


def test_hand_written_queries_find_what_matches(logs):
    for query in agreement.QUERIES:
        agreement.check(query, logs)


def test_every_word_of_odd_texts_finds_the_texts_that_have_it(logs):
    for query in agreement.from_texts():
        agreement.check(query, logs)


def test_counts_by_time_and_by_value_are_those_of_what_matches(logs):
    for query in agreement.QUERIES:
        agreement.check_groups(query, logs)


@settings(max_examples=agreement.SETS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(records, min_size=15, max_size=15), agreement.sets_of_queries)
def test_generated_queries_find_what_matches(made, asked):
    with transaction.atomic():
        logs = agreement.placed(made)
        store.save(logs, [], [])
        for query in asked:
            agreement.check(query, logs)
        transaction.set_rollback(True)


def test_what_is_deleted_and_comes_again_is_found_as_it_is_now(logs):
    RawLog.objects.all().delete()
    assert find.count(search("refused")) == 0
    again = agreement.placed([agreement.log(message="quite another") for _ in logs])
    store.save(again, [], [])
    agreement.check("refused", again)
    agreement.check("another", again)
