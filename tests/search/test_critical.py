"""The critical path against a walk back through time, step by step; and each span's own time."""

from hypothesis import given
from hypothesis import strategies as st

from search.critical import critical_path, own_time
from search.forest import forest
from telemetry.records import Span


def span(name, start, long, parent=None):
    return Span(
        id=name, timestamp=start, duration_ns=long, service="s", name=name, trace_id="t", span_id=name,
        parent_span_id=parent,
    )  # fmt: skip


def path(*spans):
    return {name: sorted(pieces) for name, pieces in critical_path(forest(spans)).items()}


def test_the_end_waits_for_the_child_that_finished_last_and_that_for_the_one_before_it():
    found = path(span("a", 0, 100), span("b", 10, 30, "a"), span("c", 20, 60, "a"), span("d", 5, 15, "a"))
    assert found == {"a": [(0, 5), (80, 100)], "c": [(20, 80)], "d": [(5, 20)]}


def test_a_child_counts_only_as_far_as_it_lies_in_its_parent():
    assert path(span("a", 0, 10), span("b", 5, 50, "a"), span("c", 12, 3, "b")) == {"a": [(0, 5)], "b": [(5, 10)]}


def test_between_trees_nothing_is_waited_for():
    assert path(span("a", 0, 10), span("b", 20, 10, "gone")) == {"a": [(0, 10)], "b": [(20, 30)]}


def test_a_chain_of_thousands_is_walked_and_nothing_is_nothing():
    deep = [span(str(depth), depth, 10_000 - 2 * depth, str(depth - 1)) for depth in range(4000)]
    assert len(path(*deep)) == 4000
    assert path() == {}


spans = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 12), st.integers(0, 9)), min_size=1, max_size=8
).map(
    lambda drawn: [span(str(name), start, long, str(parent)) for name, (parent, start, long) in enumerate(drawn)]
)  # fmt: skip


@given(spans)
def test_it_is_what_stepping_back_through_time_finds(drawn):
    nodes = forest(drawn)
    steps: dict[str, list[int]] = {}
    walk_back([node for node in nodes if node.parent is None], min(n.start for n in nodes), 99, "", steps)
    steps.pop("", None)
    found = {
        name: sorted(moment for since, until in pieces for moment in range(since, until))
        for name, pieces in critical_path(nodes).items()
    }
    assert found == {name: sorted(moments) for name, moments in steps.items()}


def walk_back(children, begin, end, name, steps):
    """One step of time after the other, from the end: does a child end here? Then it was waited for."""
    at = end
    while at > begin:
        ending = [child for child in children if min(child.end, end) == at and max(child.start, begin) < at]
        if ending:
            child = min(ending, key=lambda child: (max(child.start, begin), child.span.id))
            walk_back(child.children, max(child.start, begin), at, child.span.span_id, steps)
            at = max(child.start, begin)
        else:
            at -= 1
            steps.setdefault(name, []).append(at)


@given(spans)
def test_own_time_is_each_moment_in_which_no_child_is_at_work(drawn):
    for node in forest(drawn):
        alone = [
            moment for moment in range(node.start, node.end)
            if not any(child.start <= moment < child.end for child in node.children)
        ]  # fmt: skip
        assert [moment for since, until in own_time(node) for moment in range(since, until)] == alone
