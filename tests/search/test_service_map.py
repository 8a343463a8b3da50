"""Who calls whom, and where they are drawn."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import store
from search.layers import layers
from search.map_drawing import BOX, TALL, drawing
from search.service_map import Figures, ServiceMap, Work, service_map
from tests.search.test_trace_list import NOW, span

MS = 1_000_000


def work(trace, name, parent, service, status="ok", took=1):
    return Work(trace, name, parent, service, status, took * MS)


def test_a_call_is_an_entry_of_another_service_under_its_caller():
    found = service_map(
        [
            work("t", "1", None, "front", took=9), work("t", "2", "1", "front"),
            work("t", "3", "2", "till", "error", 5),
            work("t", "4", "3", "till", "error"), work("t", "5", "1", "till", took=3), work("u", "6", "1", "till"),
        ], 60,
    )  # fmt: skip
    assert found.services == {"till": Figures(3, 0.05, 1, 5 * MS), "front": Figures(1, 1 / 60, 0, 9 * MS)}
    assert found.calls == {("front", "till"): Figures(2, 2 / 60, 1, 5 * MS)}


services = st.sampled_from("abcdef")
graphs = st.tuples(st.lists(services, unique=True, min_size=1), st.sets(st.tuples(services, services))).map(
    lambda drawn: (drawn[0], sorted(edge for edge in drawn[1] if edge[0] in drawn[0] and edge[1] in drawn[0]))
)


@given(graphs)
def test_every_service_stands_once_and_calls_go_forward_but_where_they_go_round(graph):
    nodes, edges = graph
    made = layers(nodes, edges)
    assert sorted(node for layer in made for node in layer) == sorted(nodes)
    assert all(made)
    column = {node: number for number, layer in enumerate(made) for node in layer}
    for caller, callee in edges:
        assert column[caller] < column[callee] or caller in reached(callee, edges)
    assert layers(nodes, edges) == made


def reached(start, edges):
    found, waiting = {start}, [start]
    while waiting:
        node = waiting.pop()
        fresh = {callee for caller, callee in edges if caller == node} - found
        found |= fresh
        waiting += fresh
    return found


@given(graphs)
def test_boxes_lie_in_the_picture_and_not_on_each_other(graph):
    nodes, edges = graph
    figures = Figures(1, 1, 0, MS)
    drawn = drawing(ServiceMap(dict.fromkeys(nodes, figures), dict.fromkeys(edges, figures)))
    for box in drawn.boxes:
        assert 0 <= box.x <= drawn.width - BOX
        assert 0 <= box.y <= drawn.height - TALL
    for one, other in combinations(drawn.boxes, 2):
        assert abs(one.x - other.x) >= BOX or abs(one.y - other.y) >= TALL
    assert len(drawn.curves) == len(edges)


@pytest.mark.django_db
def test_the_map_is_drawn_told_in_tables_and_answered_by_the_api(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("ada"))
    spans = [
        span(1, 1, start=100),
        span(2, 1, start=90, parent=1, service='ba"nk<b>', status="error"),
        span(3, 2, 9**9),
    ]
    store.save([], spans, [])
    html = client.get("/traces/map/", {"range": "15m"}).content.decode()
    assert html.count('class="service') == 2
    assert "ba&quot;nk&lt;b&gt;" in html
    assert 'href="/traces/?q=service%3A%22ba%5C%22nk%3Cb%3E%22&amp;range=15m"' in html
    since, until = NOW - timedelta(seconds=60), datetime.now(UTC)
    found = client.get("/api/v1/service-map/", {"since": since.isoformat(), "until": until.isoformat()}).json()
    [call] = found["calls"]
    assert (call["caller"], call["callee"], call["count"], call["error_share"]) == ("till", 'ba"nk<b>', 1, 1)
    assert (found["spans"], found["complete"]) == (2, True)
    assert (
        "No service yet"
        in client.get("/traces/map/", {"from": "2001-01-01T00:00Z", "to": "2001-01-02T00:00Z"}).content.decode()
    )
