"""A trace as a waterfall: nothing is lost, and what is odd is said."""

from hypothesis import given
from hypothesis import strategies as st

from search.waterfall import waterfall
from telemetry.records import LogRecord, Span

MS = 1_000_000


def span(name, start, long, parent=None, **fields):
    return Span(
        id=name, timestamp=start * MS, duration_ns=long * MS, service="s", name=name, trace_id="t", span_id=name,
        parent_span_id=parent, **fields,
    )  # fmt: skip


def log(name, span_id=None):
    return LogRecord(id=name, timestamp=5 * MS, service="s", level="info", message=name, span_id=span_id)


def test_children_stand_under_their_parents_in_the_order_of_time():
    made = waterfall([span("c", 6, 1, "a"), span("b", 2, 3, "a"), span("a", 0, 10), span("d", 3, 1, "b")], [])
    assert [(bar.span.name, bar.depth) for bar in made.bars] == [("a", 0), ("b", 1), ("d", 2), ("c", 1)]
    assert [(bar.left, bar.width) for bar in made.bars] == [(0, 1000), (200, 300), (300, 100), (600, 100)]


def test_own_time_is_that_in_which_no_child_works():
    made = waterfall([span("a", 0, 10), span("b", 2, 4, "a"), span("c", 4, 4, "a"), span("d", 9, 5, "a")], [])
    assert made.bars[0].self_ns == 3 * MS


def test_a_missing_parent_and_a_clock_that_differs_are_said():
    made = waterfall([span("a", 5, 10), span("b", 2, 4, "a"), span("c", 3, 1, "gone")], [])
    assert {bar.span.name: (bar.orphan, bar.early_ns) for bar in made.bars} == {
        "a": (False, 0), "b": (False, 3 * MS), "c": (True, 0),
    }  # fmt: skip


def test_logs_stand_under_their_span_and_others_apart():
    made = waterfall([span("a", 0, 10)], [log("one", "a"), log("two", "gone"), log("three")])
    assert [record.id for record, at in made.bars[0].logs] == ["one"]
    assert [record.id for record in made.loose] == ["two", "three"]


def test_a_span_that_came_twice_stands_once_and_is_counted():
    made = waterfall([span("a", 0, 10), span("b", 2, 4, "a"), span("b", 2, 4, "a")], [])
    assert [bar.span.name for bar in made.bars] == ["a", "b"]
    assert made.twice == 1


def test_own_time_and_the_critical_path_are_drawn_where_they_are():
    made = waterfall([span("a", 0, 10), span("b", 2, 4, "a"), span("c", 5, 3, "a")], [])
    assert made.bars[0].own == [(0, 200), (800, 200)]
    assert [sorted(bar.critical) for bar in made.bars] == [[(0, 500), (800, 200)], [], [(500, 300)]]
    assert made.waited_for == [("s", 10 * MS)]


def test_errors_are_counted_and_nothing_is_a_waterfall_too():
    assert waterfall([span("a", 0, 1, status="error"), span("b", 0, 1)], []).errors == 1
    assert waterfall([], []).bars == []


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 5))))
def test_every_span_is_there_once_even_where_parents_go_round_in_circles(drawn):
    spans = [span(str(name), start, 1, str(parent)) for name, parent, start in drawn]
    made = waterfall(spans, [])
    assert sorted(bar.span.span_id for bar in made.bars) == sorted({one.span_id for one in spans})
