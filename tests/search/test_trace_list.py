"""Traces are listed once, by their newest span that matches, in pages that stay where they are."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from query import matcher
from search import store, trace_list
from search.models import StoredSpan
from search.search import nanoseconds, search
from search.summaries import Part, summaries
from telemetry.records import Span

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).replace(microsecond=0)
MS = 1_000_000


def span(number, trace, start=0, long=10, parent=None, **fields):
    """``start``: milliseconds before now."""
    at = nanoseconds(NOW - timedelta(milliseconds=start))
    given: dict[str, Any] = {"service": "till", "name": f"step {number}", "status": "ok", "timestamp": at}
    place = {"id": f"otel-traces-0-{number}-0", "span_id": f"{number:016x}", "trace_id": f"{trace:032x}"}
    above = {"parent_span_id": parent and f"{parent:016x}", "duration_ns": long * MS, "received_at": at}
    return Span(**given | place | above | fields)


def listed(query="", limit=50):
    """The traces of each page."""
    after, pages = None, []
    while True:
        found = trace_list.page(search(query, "spans"), after, limit)
        pages.append([int(trace.trace_id, 16) for trace in found.traces])
        if (after := found.next) is None:
            return pages


def test_a_trace_is_said_in_one_line():
    store.save([], [
        span(1, 7, start=900, long=500),
        span(2, 7, start=800, long=700, parent=1, service="bank", status="error"),
        span(3, 7, start=700, long=10, parent=2, service="bank"),
        span(4, 8, start=950, parent=9, name="alone", service="post"),
    ], [])  # fmt: skip
    found = summaries([f"{7:032x}", f"{8:032x}", f"{9:032x}"])
    one, other = found[f"{7:032x}"], found[f"{8:032x}"]
    assert (one.service, one.name, one.rooted, one.spans, one.errors) == ("till", "step 1", True, 3, 1)
    assert (one.start, one.duration_ns) == (nanoseconds(NOW) - 900 * MS, 800 * MS)
    assert one.parts == [Part("till", 1, 0), Part("bank", 2, 1)]
    assert (other.service, other.name, other.rooted) == ("post", "alone", False)
    assert len(found) == 2


def test_pages_stay_where_they_are_while_spans_arrive():
    store.save([], [span(number, number // 2, start=1000 - number) for number in range(12)], [])
    first = trace_list.page(search("", "spans"), None, 2)
    later = nanoseconds(NOW + timedelta(hours=1))
    store.save([], [span(50, 3, received_at=later), span(51, 9, start=995, received_at=later)], [])
    second = trace_list.page(search("", "spans"), first.next, 2)
    assert [[int(one.trace_id, 16) for one in page.traces] for page in (first, second)] == [[5, 4], [3, 2]]


QUERIES = ["", "kind:span", "service:bank", "status:error", "duration_ms:>20", "name:/p [0-9]$/", "NOT step",
           "attrs.k:x", "kind:span AND duration_ms:>15 AND NOT service:till"]  # fmt: skip
spans = st.lists(
    st.tuples(
        st.integers(0, 5), st.integers(0, 8), st.sampled_from([5, 20, 30]), st.sampled_from(["till", "bank"]),
        st.sampled_from(["ok", "error"]), st.sampled_from([{}, {"k": "x"}]),
    ),
    max_size=20,
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spans, st.integers(1, 3), st.sampled_from([2, 2000]))
def test_all_pages_together_have_each_trace_once_in_the_order_of_its_newest_match(monkeypatch, drawn, limit, chunk):
    monkeypatch.setattr(trace_list, "CHUNK", chunk)
    StoredSpan.objects.all().delete()
    kept = [
        span(number, trace, start, long, service=service, status=status, attrs=attrs)
        for number, (trace, start, long, service, status, attrs) in enumerate(drawn)
    ]
    store.save([], kept, [])
    for query in QUERIES:
        matches = matcher(query, "spans")
        newest = sorted(filter(matches, kept), key=lambda one: (one.timestamp, one.id), reverse=True)
        wanted = list(dict.fromkeys(int(one.trace_id, 16) for one in newest))
        pages = listed(query, limit)
        assert [trace for page in pages for trace in page] == wanted, query
        assert all(len(page) == limit for page in pages[:-1]), query


@pytest.fixture
def ask(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("ada"))

    def get(path, status=200, **asked):
        answer = client.get(path, asked)
        assert answer.status_code == status, answer.content
        return answer

    return get


def test_the_api_gives_page_after_page_and_says_what_is_wrong(ask):
    store.save([], [span(number, number // 2, start=1000 - number, long=600) for number in range(6)], [])
    first = ask("/api/v1/traces/", q="kind:span AND duration_ms:>500", limit=2).json()
    second = ask(first["next"].removeprefix("http://testserver")).json()
    assert [int(trace["trace_id"], 16) for trace in first["results"] + second["results"]] == [2, 1, 0]
    assert second["next"] is None
    one = first["results"][0]
    assert (one["service"], one["name"], one["spans"], one["duration_ns"]) == ("till", "step 4", 2, 601 * MS)
    assert one["services"] == [{"service": "till", "spans": 2, "errors": 0}]
    assert "unknown field 'servce'" in ask("/api/v1/traces/", 400, q="servce:x").json()["detail"]
    assert ask("/api/v1/traces/", 400, cursor="WyJhIl0=").json()["errors"]["cursor"]


def test_the_page_lists_traces_and_how_long_they_took(ask):
    store.save([], [span(number, number, start=number, long=3, status="error") for number in range(60)], [])
    html = ask("/traces/", range="15m").content.decode()
    assert html.count('class="trace"') == 50
    cursor = html.split('data-cursor="')[1].split('"')[0]
    rest = ask("/traces/list/rows/", range="15m", cursor=cursor).content.decode()
    assert rest.count('class="trace"') == 10
    assert "data-cursor" not in rest
    assert "60 traces, 60 with an error" in ask("/traces/list/durations/", range="15m").content.decode()
    assert "<mark>servce</mark>" in ask("/traces/", q="servce:x").content.decode()
    assert "No trace found" in ask("/traces/", q="service:none").content.decode()
