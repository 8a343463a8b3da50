"""metric: aggregates of points, held to what a person would work out by hand."""

import pytest

from alerts.rules import metric
from alerts.rules.frame import SECOND, Window
from telemetry.records import MetricPoint
from tests.alerts.playing import T0, point, run, terms, turns


def gauge(*values):
    points = [point(number, number) for number in range(len(values))]
    for made, value in zip(points, values, strict=True):
        made.kind, made.value, made.attrs = "gauge", value, {}
    return points


def histogram(count, total, buckets, second=0):
    return MetricPoint(
        timestamp=T0 + second * SECOND,
        received_at=T0 + second * SECOND,
        service="shop",
        name="latency",
        kind="histogram",
        count=count,
        total=total,
        minimum=0.0,
        maximum=10.0,
        buckets=buckets,
        id="r-0",
    )


def value_of(points, window=100, **config):
    """What the type makes of points that all lie in one window."""
    rule = terms(metric, window=window, over=1e9, **config)
    buckets = sorted(metric.observe(rule.config, points).items())
    seen = Window(T0 + window * SECOND, [start for start, _ in buckets], [bucket for _, bucket in buckets])
    return metric.aggregate(rule.config, seen)


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [("avg", 4), ("sum", 12), ("min", 1), ("max", 9), ("count", 3)],
)
def test_aggregates_of_a_gauge(aggregate, expected):
    assert value_of(gauge(1, 2, 9), aggregate=aggregate) == expected


def test_a_percentile_is_within_one_percent():
    values = [float(number) for number in range(1, 91)]
    assert value_of(gauge(*values), aggregate="percentile", percentile=90) == pytest.approx(81, rel=0.01)


def test_the_rate_of_a_counter_survives_its_restart():
    """0 -> 50, started anew, -> 30: 80 in 100 s."""
    assert value_of(gauge(*[0] * 5, *[50] * 25, *[0] * 20, *[30] * 20), aggregate="rate") == pytest.approx(0.8)


def test_the_rate_takes_each_series_by_itself():
    one, other = gauge(*range(90)), gauge(*range(1000, 1090))
    for made in other:
        made.attrs = {"host": "b"}
    assert value_of(one + other, aggregate="rate") == pytest.approx(2 * 89 / 100)


def test_a_histogram_counts_what_it_measured():
    made = histogram(10, 40.0, [[1.0, 5], [5.0, 4], [None, 1]])
    assert value_of([made], aggregate="avg") == 4
    assert value_of([made], aggregate="max") == 10
    assert value_of([made], aggregate="percentile", percentile=90) == pytest.approx(3, rel=0.01)


def test_it_fires_and_recovers_by_its_own_condition():
    rule = terms(metric, window=10, over=5, recover=2)
    told = run(rule, [gauge(*[1] * 20, *[9] * 10, *[4] * 20)], finish=False)[0]
    assert turns(told) == ["opened"]
    told = run(rule, [gauge(*[1] * 20, *[9] * 10, *[1] * 40)], finish=False)[0]
    assert turns(told) == ["opened", "resolved"]
