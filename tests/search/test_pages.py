"""Search and traces: hostile lines are shown as text, errors say where, a slow part holds up no other."""

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.test import Client

from search import store
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
def hostile():
    at = nanoseconds(datetime.now(UTC))
    log = LogRecord(
        id="otel-logs-0-1-0", timestamp=at, received_at=at, service=HOSTILE, level="error", message=HOSTILE,
        pattern="p", trace_id=TRACE, span_id="1" * 16, error_code=HOSTILE, attrs={HOSTILE: HOSTILE, "k": "v"},
    )  # fmt: skip
    span = Span(
        id="s", timestamp=at, duration_ns=5, received_at=at, service=HOSTILE, name=HOSTILE, trace_id=TRACE,
        span_id="1" * 16, parent_span_id="2" * 16, status="error", status_message=HOSTILE, attrs={HOSTILE: HOSTILE},
        events=[{"name": HOSTILE, "attrs": {"x": HOSTILE}}],
    )  # fmt: skip
    store.save([log], [span], [])


PLACES = [
    "/search/", "/search/?cols=error_code,attrs.k", "/search/rows/", "/search/facets/", "/search/histogram/",
    "/search/records/otel-logs-0-1-0/", f"/traces/{TRACE}/", f"/traces/{TRACE}/rows/",
    "/traces/", "/traces/list/rows/", "/traces/list/durations/", "/traces/map/",
    f"/traces/{TRACE}/spans/{'1' * 16}/",
]  # fmt: skip


@pytest.mark.parametrize("path", PLACES)
def test_hostile_text_is_shown_as_text_everywhere(page, hostile, path):
    html = page(path)
    assert "<script>alert" not in html
    html = re.sub(r'="[^"]*"', "", html)  # in an attribute nothing is shown
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert SHOWN in html or "histogram" in path or "durations" in path


@pytest.mark.parametrize("path", PLACES)
def test_nothing_is_shown_without_a_login(path):
    assert Client().get(path).status_code == 302


def test_a_wrong_query_is_told_with_its_place(page):
    html = page("/search/", q="level:error servce:x")
    assert "unknown field &#x27;servce&#x27;" in html
    assert "<mark>servce</mark>" in html


def test_a_facet_narrows_the_query_both_ways(page, hostile):
    html = page("/search/facets/", q="level:error")
    assert "q=&quot;" not in html
    assert 'data-q="level:error AND NOT service:' in html


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
    html = page("/search/rows/", cols="user_id,attrs.none,attrs.k")
    assert re.findall(r'class="extra">([^<]*)<', html) == ["", "", "v"]
