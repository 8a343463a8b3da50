"""Alerts are a function of the data: any cut into batches, any order within the lateness, any sharing of partitions
among workers tells the same story, for every rule type."""

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.rules import RULE_TYPES
from alerts.rules.frame import SECOND
from tests.alerts.playing import LATENESS, RECORDS, cut, run, run_shared, story, terms

small, times = st.integers(1, 6), st.integers(2, 30)
sides = st.one_of(
    st.builds(lambda over, back: {"over": over, "recover": over - back}, st.integers(0, 6), st.integers(0, 2)),
    st.builds(lambda below, back: {"below": below, "recover": below + back}, st.integers(1, 6), st.integers(0, 2)),
)
percents = sides.map(lambda sides: {name: 12 * value for name, value in sides.items()})
fields = st.sampled_from(["user_id", "app_version", "level"])
CONFIGS = {
    "match": st.fixed_dictionaries({"resolve_after": st.integers(5, 60)}),
    "frequency": st.builds(
        lambda w, n, r: {"window": w, "threshold": n, "recover_below": min(n, r)}, times, small, st.integers(1, 9)
    ),
    "flatline": st.builds(lambda w, n, r: {"window": w, "threshold": n, "recover_at": n + r}, times, small, small),
    "spike": st.fixed_dictionaries(
        {
            "window": times,
            "ratio": st.sampled_from([1.5, 2, 4]),
            "direction": st.sampled_from(["up", "down"]),
            "periods": st.integers(1, 4),
            "minimum": small,
        }
    ),
    "change": st.fixed_dictionaries({"field": fields, "resolve_after": st.integers(5, 60)}),
    "new_value": st.fixed_dictionaries(
        {"field": fields, "learning": st.integers(0, 60), "resolve_after": st.integers(5, 60)}
    ),
    "new_pattern": st.fixed_dictionaries({"learning": st.integers(0, 60), "resolve_after": st.integers(5, 60)}),
    "cardinality": st.builds(lambda w, f, s: {"window": w, "field": f, **s}, times, fields, sides),
    "percentage": st.builds(
        lambda w, m, s: {"window": w, "match": "level:error", "minimum": m, **s}, times, small, percents
    ),
    "metric": st.builds(
        lambda w, a, s: {"window": w, "aggregate": a, **s},
        times,
        st.sampled_from(["avg", "sum", "min", "max", "percentile", "rate", "count"]),
        sides,
    ),
    "latency": st.builds(lambda w, m, s: {"window": w, "minimum": m, **s}, times, small, percents),
    "span_error_rate": st.builds(lambda w, m, s: {"window": w, "minimum": m, **s}, times, small, percents),
    "sequence": st.fixed_dictionaries(
        {
            "first": st.sampled_from(["level:error", "user_id:user-1"]),
            "then": st.sampled_from(["level:info", "user_id:user-2"]),
            "within": st.integers(1, 30),
            "absent": st.booleans(),
            "resolve_after": st.integers(5, 60),
        }
    ),
}
COMPARED_BY_DAY = {"window": 7200, "compare": "days", "periods": 2, "minimum": 1}


def test_every_type_is_tried():
    """Composite rules, which judge other rules, are tried in their own test."""
    assert set(CONFIGS) == set(RULE_TYPES) - {"composite"}


@st.composite
def rules(draw, names=tuple(CONFIGS)):
    name = draw(st.sampled_from(names))
    steps = draw(st.sampled_from([(), ((2, "warn"), (5, "error"))]))
    return terms(RULE_TYPES[name], renotify=draw(st.sampled_from([0, 7])), steps=steps, **draw(CONFIGS[name]))


seconds = st.lists(st.floats(0, 200, allow_nan=False), min_size=1, max_size=60)
cuts = st.lists(st.integers(0, 60), max_size=12)
turns = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 20)), max_size=40)


def made(rule, moments, jitter):
    """Records of a signal that the rule judges, out of order by up to the jitter."""
    make = RECORDS[rule.type.SIGNALS[0]]
    records = [make(moment, number) for number, moment in enumerate(sorted(moments))]
    records.sort(key=lambda record: record.timestamp + (int(record.id[-5:]) * 7919 % 1000) / 1000 * jitter * SECOND)
    if rule.type.AXIS == "received":  # arrival never falls
        for number, moment in enumerate(sorted(record.received_at for record in records)):
            records[number].received_at = moment
    return records


@settings(max_examples=1000, deadline=None)
@given(rules(), seconds, cuts, st.floats(0, 15))
def test_any_cut_of_the_same_records_tells_the_same(rule, moments, places, jitter):
    """Also out of order, by up to more than the lateness."""
    records = made(rule, moments, jitter)
    axis, lateness = rule.type.AXIS, LATENESS if rule.type.AXIS == "event" else 0
    whole = run(rule, [records], lateness, axis)
    parts = run(rule, cut(records, places), lateness, axis)
    single = run(rule, [[record] for record in records], lateness, axis)
    assert story(parts[0]) == story(whole[0])
    assert story(single[0]) == story(whole[0])


@settings(max_examples=600, deadline=None)
@given(rules(tuple(set(CONFIGS) - {"match"})), seconds, cuts, st.floats(0, 9))
def test_shuffled_within_the_lateness_tells_the_same_as_in_order(rule, moments, places, jitter):
    assert story(run(rule, cut(made(rule, moments, jitter), places))[0]) == story(
        run(rule, [made(rule, moments, 0)])[0]
    )


@settings(max_examples=1000, deadline=None)
@given(rules(), seconds, st.lists(st.integers(0, 2), min_size=60, max_size=60), turns, st.floats(0, 15))
def test_however_partitions_are_shared_and_interleaved_the_story_is_the_same(rule, moments, places, order, jitter):
    records = made(rule, moments, jitter)
    partitions = [[r for r, place in zip(records, places, strict=False) if place == number] for number in range(3)]
    partitions = [part for part in partitions if part]
    order = [(number, size) for number, size in order if number < len(partitions)]
    axis, lateness = rule.type.AXIS, LATENESS if rule.type.AXIS == "event" else 0
    one_after_the_other = run_shared(rule, partitions, [], lateness, axis)
    backwards = run_shared(rule, partitions, [(n, 10**6) for n in reversed(range(len(partitions)))], lateness, axis)
    record_by_record = run_shared(
        rule, partitions, [(n, 1) for _ in records for n in range(len(partitions))], lateness, axis
    )
    shared = run_shared(rule, partitions, order, lateness, axis)
    assert story(backwards) == story(one_after_the_other)
    assert story(record_by_record) == story(one_after_the_other)
    assert story(shared) == story(one_after_the_other)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 4 * 86400), min_size=1, max_size=60), cuts)
def test_a_spike_against_earlier_days_is_the_same_in_any_cut(moments, places):
    rule = terms(RULE_TYPES["spike"], **COMPARED_BY_DAY)
    records = made(rule, moments, 0)
    assert story(run(rule, cut(records, places))[0]) == story(run(rule, [records])[0])
