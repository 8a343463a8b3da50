"""The records of a trace are found by its id alone, as long as they are kept."""

import pytest
from django.db import connection

from search import store
from search.models import RawLog, StoredSpan
from search.traces import of_trace
from telemetry.records import LogRecord, Span

pytestmark = pytest.mark.django_db
ONE, TWO = "0af7651916cd43dd8448eb211c80319c", "ffffffffffffffffffffffffffffffff"


def log(number, trace):
    return LogRecord(
        id=f"l{number}", timestamp=number, received_at=number, service="a", level="info", message="x", trace_id=trace
    )


def span(number, trace):
    return Span(
        id=f"s{number}", timestamp=number, received_at=number, duration_ns=1, service="a", name="x", span_id="1",
        trace_id=trace,
    )  # fmt: skip


def keep():
    logs = [log(number, trace) for number, trace in enumerate([ONE, TWO, None, ONE, TWO], 1)]
    store.save(logs, [span(1, TWO), span(2, ONE)], [])


def names(model, trace):
    return sorted(of_trace(model, trace).values_list("id", flat=True))


def test_logs_and_spans_are_found_by_their_trace():
    keep()
    assert names(RawLog, ONE) == ["l1", "l4"]
    assert names(RawLog, TWO) == ["l2", "l5"]
    assert names(StoredSpan, ONE) == ["s2"]


def test_what_is_deleted_is_found_no_more_and_the_rest_still_is():
    keep()
    RawLog.objects.filter(id__in=["l1", "l2", "l3"]).delete()
    store.save(
        [LogRecord(timestamp=9, received_at=9, service="a", level="info", message="x", trace_id=TWO, id="l9")], [], []
    )
    assert names(RawLog, ONE) == ["l4"]
    assert names(RawLog, TWO) == ["l5", "l9"]


@pytest.mark.parametrize("odd", ["", "0", ONE[:31], f"{ONE[:31]}*", 'a" OR "b', ONE.upper(), "\0"])
def test_what_is_no_trace_id_is_in_no_trace(odd):
    keep()
    assert names(RawLog, odd) == []


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the other database has an index for it")
def test_a_look_up_reads_no_whole_table():
    keep()
    with connection.cursor() as cursor:
        sql, parameters = of_trace(RawLog, ONE).query.sql_with_params()
        cursor.execute("EXPLAIN QUERY PLAN " + sql, parameters)
        plan = [row[3] for row in cursor.fetchall()]
    assert not [step for step in plan if step.startswith("SCAN raw_logs") and "VIRTUAL" not in step], plan
