"""A trace's page: as many rows as one can read, the rest as one comes to them; its parts each with an address."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from search import store
from search.search import nanoseconds
from telemetry.records import LogRecord, Span

pytestmark = pytest.mark.django_db
TRACE = "0af7651916cd43dd8448eb211c80319c"
AT = nanoseconds(datetime.now(UTC))


@pytest.fixture
def page():
    client = Client()
    client.force_login(User.objects.create_user("ada"))

    def get(path="", status=200):
        answer = client.get(f"/traces/{TRACE}/{path}")
        assert answer.status_code == status
        return answer.content.decode()

    return get


def span(number, parent=1, **fields):
    given = {
        "timestamp": AT + number * 1_000_000,
        "duration_ns": 5_000_000,
        "service": "till",
        "name": f"step {number}",
    }
    place = {"id": f"otel-traces-0-{number}-0", "span_id": f"{number:016x}", "received_at": AT, "trace_id": TRACE}
    return Span(**(given | place | {"parent_span_id": f"{parent:016x}" if number > 1 else None} | fields))


def shown(html):
    return [int(name, 16) for name in re.findall(r'data-span="([0-9a-f]{16})"', html)]


def test_a_long_trace_is_written_in_pieces_that_join(page):
    store.save([], [span(number) for number in range(1, 1201)], [])
    pieces = [page(), *(page(f"rows/?from={first}") for first in (300, 600, 900))]
    assert [len(shown(piece)) for piece in pieces] == [300] * 4
    assert [span for piece in pieces for span in shown(piece)] == list(range(1, 1201))
    assert 'data-from="300"' in pieces[0]
    assert "data-from" not in pieces[3]
    assert len(shown(page(f"?span={900:016x}"))) == 900  # so that it can be scrolled to


def test_a_span_says_what_it_holds_and_where_its_links_lead(page):
    log = LogRecord(
        id="otel-logs-0-1-0", timestamp=AT, received_at=AT, service="till", level="warn", message="no more paper",
        trace_id=TRACE, span_id=f"{2:016x}",
    )  # fmt: skip
    event = {"name": "exception", "timestamp": AT + 3_000_000, "attrs": {"exception.type": "PaperJam"}}
    odd: dict[str, Any] = {"name": "without a time", "timestamp": None, "attrs": {}}
    linked = {"trace_id": "f" * 32, "span_id": "e" * 16, "attrs": {}}
    nowhere: dict[str, Any] = {"trace_id": None, "span_id": None, "attrs": {}}
    store.save(
        [log], [span(1), span(2, events=[event, odd], links=[linked, nowhere], attrs={"http": {"status": 503}})], []
    )
    html = page(f"spans/{2:016x}/")
    for text in (
        "no more paper",
        "PaperJam",
        "after 1 ms",
        f"/traces/{'f' * 32}/?span={'e' * 16}",
        "attrs.http.status",
    ):
        assert text in html
    assert "/traces/?q=attrs.http.status%3A503" in html
    page("spans/none/", 404)


def test_what_is_odd_about_a_trace_is_said(page):
    store.save([], [span(1), span(2, timestamp=AT - 4_000_000), span(3, parent=9), span(4), span(4, id="again")], [])
    html = page()
    assert "The parent of 1 span is not here" in html
    assert "1 span begins before its parent, by up to 5 ms" in html
    assert "1 span came with an id that was there already" in html


def test_jaeger_is_linked_where_it_is_named(page, settings):
    store.save([], [span(1)], [])
    assert "Jaeger" not in page()
    settings.JAEGER_URL = "http://jaeger.example:16686/"
    assert f'href="http://jaeger.example:16686/trace/{TRACE}"' in page()
