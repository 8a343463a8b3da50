"""Metric points as lines: what a person would work out by hand, and the same as the rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.metrics.drawing import HEIGHT, WIDTH, plot, scale
from alerts.metrics.series import Plan, Series, interval, lines
from alerts.rules.frame import SECOND
from alerts.rules.metric import Config
from telemetry.records import MetricPoint


def plan(aggregate="avg", by="", step=10, number=4, **config):
    return Plan(Config(aggregate=aggregate, over=0, **config), by, 0, step, number)


def gauge(second, value, **fields):
    return MetricPoint(timestamp=second * SECOND, name="m", kind="gauge", value=value, **{"service": "a"} | fields)


def counter(second, value, temporality="cumulative", **fields):
    return gauge(second, value, temporality=temporality, monotonic=True, **fields)


def histogram(second, count, total, buckets, temporality="cumulative"):
    return MetricPoint(
        timestamp=second * SECOND, service="a", name="m", kind="histogram", count=count, total=total, buckets=buckets,
        temporality=temporality,
    )  # fmt: skip


def drawn(points, **asked):
    return {one.group: one.values for one in lines(points, plan(**asked))}


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [("avg", [2, None, 5, None]), ("sum", [6, None, 5, None]), ("min", [1, None, 5, None]), ("max", [3, None, 5, None]),
     ("count", [3, None, 1, None])],
)  # fmt: skip
def test_each_slice_has_its_aggregate_and_one_without_points_none(aggregate, expected):
    points = [gauge(-1, 99), gauge(0, 1), gauge(5, 2), gauge(9, 3), gauge(20, 5), gauge(40, 99)]
    assert drawn(points, aggregate=aggregate) == {"": expected}


def test_groups_are_values_of_a_field_or_an_attribute():
    points = [gauge(0, 1, service="a"), gauge(1, 5, service="b", attrs={"k": {"x": True}}), gauge(2, 3, service="a")]
    assert drawn(points, by="service") == {"b": [5, None, None, None], "a": [2, None, None, None]}
    assert drawn(points, by="attrs.k.x") == {"true": [5, None, None, None], "": [2, None, None, None]}
    assert [one.group for one in lines(points, plan(by="service"))] == ["b", "a"]  # the greatest first


def test_a_rate_is_the_increase_a_second_of_each_series_and_survives_a_restart():
    points = [
        *(counter(second, value) for second, value in [(-5, 0), (5, 100), (15, 150), (25, 20), (35, 40)]),
        *(counter(second, 10, "delta", service="b") for second in (-5, 5, 15, 25)),
    ]
    ordered = sorted(points, key=lambda point: point.timestamp)
    assert drawn(ordered, aggregate="rate", by="service") == {"a": [10, 5, 2, 2], "b": [1, 1, 1, None]}
    assert drawn(ordered, aggregate="rate") == {"": [11, 6, 3, 2]}


def test_histograms_that_add_up_are_taken_apart():
    points = [
        histogram(-5, 100, 100.0, [[1, 100], [None, 0]]),
        histogram(5, 110, 150.0, [[1, 100], [None, 10]]),
        histogram(15, 4, 8.0, [[1, 0], [None, 4]]),  # started anew
    ]
    assert drawn(points)[""] == [5, 2, None, None]
    assert drawn(points, aggregate="count")[""] == [1, 1, None, None]
    assert drawn(points, aggregate="percentile", percentile=50)[""][0] == pytest.approx(1, rel=0.02)
    apart = [histogram(5, 10, 50.0, [[1, 10], [None, 0]], "delta")]
    assert drawn(apart, aggregate="percentile", percentile=50)[""][0] == pytest.approx(0.5, rel=0.02)


def test_the_usual_distance_of_points_is_that_within_a_series():
    points = [
        gauge(second, 1, service=name) for name, start in (("a", 0), ("b", 3)) for second in range(start, 300, 60)
    ]
    assert interval(points) == 60
    assert interval(points[:1]) == 0


numbers = st.floats(-1e12, 1e12) | st.sampled_from([0.0, 1e-9, 1.0, -1.0])


@given(st.lists(st.lists(st.none() | numbers, min_size=3, max_size=3), min_size=1, max_size=10))
def test_lines_lie_in_the_picture_and_the_scale_is_round(rows):
    series = [Series(str(number), row) for number, row in enumerate(rows)]
    made = plot(series, {"0": series[-1]})
    assert len(made.lines) + made.left_out == len(series)
    for line in made.lines:
        pairs = [pair.split(",") for piece in [*line.pieces, *line.before] for pair in piece.split()]
        for x, y in [*((float(x), float(y)) for x, y in pairs), *line.dots]:
            assert 0 <= x <= WIDTH
            assert 0 <= y <= HEIGHT


@pytest.mark.parametrize(
    ("values", "ends"),
    [((0, 0), (0, 1)), ((5, 5), (0, 6)), ((1, 9), (0, 10)), ((95, 99), (95, 99)), ((-3, 5), (-4, 6)),
     ((-5, -5), (-6, 0)), ((0, 0.07), (0, 0.08))],
)  # fmt: skip
def test_a_scale_has_round_ends_around_its_values(values, ends):
    assert scale(*values)[:2] == pytest.approx(ends)


def test_a_line_breaks_where_nothing_was_there_for_long():
    made = plot([Series("", [1, None, 1, None, None, None, None, 1, 1, None, None, None, None, 2])], {})
    [line] = made.lines
    assert [piece.count(",") for piece in line.pieces] == [2, 2]
    assert len(line.dots) == 1
