"""Search and traces: hostile lines are shown as text, errors say where, a slow part holds up no other."""

import html
import json
import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.test import Client

from search import store, suggest
from search.pages import as_silence
from search.saved import SavedSearch
from search.search import nanoseconds
from telemetry.records import LogRecord, Span

pytestmark = pytest.mark.django_db
TRACE = "0af7651916cd43dd8448eb211c80319c"
HOSTILE = "<script>alert(1)</script> \x1b[31m \u202e end"
SHOWN = "&lt;script&gt;alert(1)&lt;/script&gt; ␛[31m &lt;U+202E&gt; end"


@pytest.fixture
def page():
    client = Client()
    client.force_login(User.objects.create_user("ada"))

    def get(path, status=200, **asked):
        answer = client.get(path, asked)
        assert answer.status_code == status
        return answer.content.decode()

    return get


@pytest.fixture
def hostile(django_user_model):
    SavedSearch.objects.create(owner=django_user_model.objects.create_user("eve"), name=HOSTILE, shared=True)
    at = nanoseconds(datetime.now(UTC))
    log = LogRecord(
        id="otel-logs-0-1-0", timestamp=at, received_at=at, service=HOSTILE, level="error", message=HOSTILE,
        pattern=HOSTILE, trace_id=TRACE, span_id="1" * 16, error_code=HOSTILE, attrs={HOSTILE: HOSTILE, "k": "v"},
    )  # fmt: skip
    span = Span(
        id="s", timestamp=at, duration_ns=5, received_at=at, service=HOSTILE, name=HOSTILE, trace_id=TRACE,
        span_id="1" * 16, parent_span_id="2" * 16, status="error", status_message=HOSTILE, attrs={HOSTILE: HOSTILE},
        events=[{"name": HOSTILE, "attrs": {"x": HOSTILE}}],
    )  # fmt: skip
    store.save([log], [span], [])


PLACES = [
    "/search/", "/search/?cols=error_code,attrs.k", "/search/rows/", "/search/facets/", "/search/histogram/",
    "/search/patterns/", "/search/saved/",
    "/search/records/otel-logs-0-1-0/", f"/traces/{TRACE}/", f"/traces/{TRACE}/rows/",
    "/traces/", "/traces/list/rows/", "/traces/list/durations/", "/traces/map/",
    f"/traces/{TRACE}/spans/{'1' * 16}/",
]  # fmt: skip


@pytest.mark.parametrize("path", PLACES)
def test_hostile_text_is_shown_as_text_everywhere(page, hostile, path):
    shown = page(path)
    assert "<script>alert" not in shown
    shown = re.sub(r'="[^"]*"', "", shown)  # in an attribute nothing is shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert SHOWN in shown or "histogram" in path or "durations" in path


@pytest.mark.parametrize("path", PLACES)
def test_nothing_is_shown_without_a_login(path):
    assert Client().get(path).status_code == 302


def test_a_wrong_query_is_told_with_its_place(page):
    shown = page("/search/", q="level:error servce:x")
    assert "unknown field &#x27;servce&#x27;" in shown
    assert "<mark>servce</mark>" in shown


def test_a_facet_narrows_the_query_both_ways(page, hostile):
    shown = page("/search/facets/", q="level:error")
    assert "q=&quot;" not in shown
    assert 'data-q="level:error AND NOT service:' in shown


def test_the_page_comes_when_the_records_do_not(page, monkeypatch):
    def away(*arguments):
        raise DatabaseError("gone")

    monkeypatch.setattr("search.backends.sql.SqlBackend.run", away)
    monkeypatch.setattr("search.backends.sql.of_trace", away)
    assert "can&#x27;t be searched now" in page("/search/")
    assert "Try again" in page("/search/facets/", 503)
    assert "can&#x27;t be searched now" in page(f"/traces/{TRACE}/", 503)


def test_what_is_not_there_is_said(page):
    assert "Nothing found" in page("/search/")
    assert "No such trace" in page("/traces/none/", 404)
    page("/search/records/none/", 404)
    assert "not a cursor" in page("/search/rows/", 503, cursor="x")


def test_a_column_is_empty_where_the_record_has_no_such_field(page, hostile):
    shown = page("/search/rows/", cols="user_id,attrs.none,attrs.k")
    assert re.findall(r'class="extra" data-name="[^"]*">([^<]*)<', shown) == ["", "", "v"]


def test_what_may_be_typed_is_offered_from_what_is_there(page, hostile):
    suggest.counted.cache_clear()
    suggest.attributes.cache_clear()

    def offered(query, at=None):
        answer = json.loads(page("/search/suggestions/", q=query, at=len(query) if at is None else at))
        return [option["text"] for option in answer["options"]], answer

    assert offered("lev")[0] == ["level:"]
    assert offered("level:e")[0] == ["error ", "debug "]
    assert offered("attrs.k")[0] == ["attrs.k:"]
    assert offered("attrs.k:")[0] == ["v "]
    assert offered("service:")[1]["options"][0]["label"] == HOSTILE  # as data: the script shows it as text
    assert offered("level:error AN")[0][0] == "AND "
    assert offered("servce:x")[1]["error"] | {"detail": ""} == {"detail": "", "position": 0, "length": 6}
    assert offered("level:error", "x")[1]["error"] is None


def test_a_pattern_narrows_the_search_and_a_search_that_a_silence_understands_can_be_one(page, hostile):
    page_of = re.compile(r'href="(/search/\?q=pattern[^"]*)"')
    (address,) = page_of.findall(page("/search/patterns/"))
    assert 'data-id="otel-logs-0-1-0"' in page(html.unescape(address))
    assert as_silence("service:checkout") == "service:checkout"
    assert as_silence("level:error") == as_silence("*") == as_silence("") == ""


def test_the_patterns_view_reads_no_rows(page, hostile):
    assert 'id="patterns"' in (shown := page("/search/", view="patterns"))
    assert "data-id=" not in shown
