"""Logs and traces by the API: found, counted, surrounded, exported."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import DatabaseError, connections
from django.test import Client

from search import store
from search.search import nanoseconds
from telemetry.records import LogRecord, Span

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).replace(microsecond=0)
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def ask():
    client = Client()
    client.force_login(User.objects.create_user("ada"))

    def get(path, status=200, **asked):
        answer = client.get(f"/api/v1/{path}", asked)
        assert answer.status_code == status, answer.content
        return answer.json()

    return get


def keep(number, *, ago=0, **fields):
    at = nanoseconds(NOW - timedelta(seconds=ago))
    given = {"service": "a", "level": "info", "message": f"number {number}", "pattern": "number <n>"}
    log = LogRecord(id=f"otel-logs-0-{number}-0", timestamp=at, received_at=at, **(given | fields))
    store.save([log], [], [])
    return log


def numbers(found):
    return [int(record["message"].split()[-1]) for record in found]


def test_pages_stay_where_they_are_while_records_arrive(ask):
    for number in range(7):
        keep(number, ago=100 - number // 2)
    first = ask("logs/", limit=3)
    keep(7, ago=1)
    keep(8, ago=200)
    path = first["next"].split("/api/v1/")[1]
    second = ask(path)
    rest = ask(second["next"].split("/api/v1/")[1])
    assert [numbers(page["results"]) for page in (first, second, rest)] == [[6, 5, 4], [3, 2, 1], [0, 8]]
    assert rest["next"] is None


def test_the_histogram_counts_each_record_of_the_range_once(ask):
    for number in range(30):
        keep(number, ago=number * 60, level="error" if number % 3 == 0 else "info")
    since, until = NOW - timedelta(minutes=20), NOW
    found = ask("logs/histogram/", since=since.isoformat(), until=until.isoformat(), slices=10)
    assert found["total"] == sum(one["total"] for one in found["results"]) == 20
    assert sum(one["counts"]["error"] for one in found["results"]) == 6
    assert len(found["results"]) <= 11
    assert ask("logs/histogram/", q="level:error")["total"] == ask("logs/count/", q="level:error")["count"] == 10


def test_a_range_that_has_no_end_after_its_start_is_refused(ask):
    said = ask("logs/histogram/", 400, since="2026-01-02T00:00:00Z", until="2026-01-01T00:00:00Z")
    assert "before until" in said["detail"]


@pytest.mark.parametrize("path", ["logs/", "logs/histogram/", "logs/patterns/", "traces/", "service-map/", "metrics/"])
@pytest.mark.parametrize(("name", "moment"), [("until", "0001-01-01T00:06:29Z"), ("since", "9999-12-31T23:59:59Z")])
def test_a_time_at_the_end_of_all_calendars_is_refused_by_name(ask, path, name, moment):
    assert ask(path, 400, **{name: moment})["errors"] == {name: ["must be between 1970 and 2200"]}


def test_facets_are_the_most_frequent_values(ask):
    for number in range(6):
        keep(number, service="ab"[number % 3 == 0], error_code="E" if number else None, attrs={"k": [number % 2, "x"]})
    found = ask("logs/facets/", fields="service,error_code,attrs.k")
    assert found["results"] == [
        {"field": "service", "values": [{"value": "a", "count": 4}, {"value": "b", "count": 2}]},
        {"field": "error_code", "values": [{"value": "E", "count": 5}]},
        {"field": "attrs.k", "values": [{"value": v, "count": n} for v, n in (("x", 6), ("0", 3), ("1", 3))]},
    ]


@pytest.mark.parametrize("path", ["logs/", "logs/count/", "logs/histogram/", "logs/facets/", "logs/export/"])
def test_an_unknown_field_is_named_wherever_a_query_is_taken(ask, path):
    said = ask(path, 400, q="servce:x")
    assert "'servce'" in said["detail"]
    assert said["position"] == 0


def test_an_unknown_facet_is_named(ask):
    assert "'servce'" in ask("logs/facets/", 400, fields="servce")["detail"]


def test_a_record_is_surrounded_by_those_of_its_service(ask):
    for number in range(9):
        keep(number, ago=100 - number // 2, service="ab"[number == 5])
    found = ask("logs/otel-logs-0-4-0/context/", each=2)
    assert [numbers(found["before"]), numbers([found["record"]]), numbers(found["after"])] == [[2, 3], [4], [6, 7]]
    assert ask("logs/none/context/", 404)["detail"]


def test_a_trace_has_its_spans_and_logs(ask):
    keep(1, trace_id=TRACE)
    keep(2)
    at = nanoseconds(NOW)
    spans = [
        Span(id=f"s{n}", timestamp=at + n, received_at=at, duration_ns=5, service="a", name=f"n{n}", trace_id=TRACE,
             span_id=f"{n:016x}")
        for n in (3000, 1000)
    ]  # fmt: skip
    store.save([], spans, [])
    found = ask(f"traces/{TRACE.upper()}/")
    assert [span["name"] for span in found["spans"]] == ["n1000", "n3000"]
    assert numbers(found["logs"]) == [1]
    assert ask("traces/nowhere/", 404)["detail"]


def exported(ask_client, **asked):
    answer = ask_client.get("/api/v1/logs/export/", asked)
    assert answer.status_code == 200

    async def whole():
        parts = [part async for part in answer.streaming_content]
        await sync_to_async(connections.close_all)()  # they were opened in a thread of their own
        return b"".join(parts)

    return answer, asyncio.run(whole()).decode()


@pytest.fixture
def client():
    made = Client()
    made.force_login(User.objects.create_user("bea"))
    return made


@pytest.mark.django_db(transaction=True)
def test_an_export_has_every_record_newest_first(client, monkeypatch):
    monkeypatch.setattr("search.find.CHUNK", 2)
    for number in range(5):
        keep(number, ago=100 - number, level="error" if number % 2 else "warn")
    answer, text = exported(client)
    assert numbers([json.loads(line) for line in text.splitlines()]) == [4, 3, 2, 1, 0]
    assert (answer["X-Total-Count"], answer["Content-Type"]) == ("5", "application/x-ndjson")
    _, text = exported(client, to="csv", q="level:error")
    assert numbers(csv.DictReader(io.StringIO(text))) == [3, 1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_csv_is_a_formula(client, start):
    keep(1, message=f"{start}HYPERLINK(1)", service=f"{start}s", attrs={"a": '"\n'})
    _, text = exported(client, to="csv")
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert (row["message"], row["service"]) == (f"'{start}HYPERLINK(1)", f"'{start}s")
    assert json.loads(row["attrs"]) == {"a": '"\n'}


def test_a_database_that_cannot_be_asked_is_503_and_said(ask, monkeypatch):
    def away(*arguments):
        raise DatabaseError("gone")

    monkeypatch.setattr("search.backends.sql.SqlBackend.run", away)
    assert ask("logs/", 503)["detail"] == "the database can't be searched now: gone"


def test_a_search_that_takes_too_long_is_ended_and_said(ask, monkeypatch):
    monkeypatch.setattr("search.backends.sqlite.SECONDS", 0)
    monkeypatch.setattr("search.backends.postgres.SECONDS", 0.001)
    shared: dict[str, Any] = {"received_at": 1, "service": "a", "level": "info", "message": "m"}
    store.save([LogRecord(id=f"l{number}", timestamp=number, **shared) for number in range(50_000)], [], [])
    assert "narrow" in ask("logs/count/", 503, q="/(a|b)+x/ OR attrs.a:/y/")["detail"]
