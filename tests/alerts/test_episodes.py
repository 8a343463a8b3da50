"""Alerts are a function of the data: any cut into batches, and any order within the lateness, tells the same story."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.episodes import Event, State, Terms, advance, disarm, merge, refit, steps
from alerts.rules import RuleSpec, frequency, match
from alerts.rules.frame import SECOND, event_time
from telemetry.records import LogRecord

LATENESS = 10 * SECOND
T0 = 1_700_000_000 * SECOND


def log(second: float, number: int = 0) -> LogRecord:
    at = T0 + int(second * SECOND)
    return LogRecord(timestamp=at, received_at=at, service="shop", level="error", message="m", id=f"r-{number:05d}")


def terms(kind, **config):
    return Terms.of(kind, kind.Config(**config), RuleSpec(slug="rule", reopen_within=60))


def run(kind_terms, batches, lateness=LATENESS, axis="event", finish=True):
    """Feed batches; the events told, and what is open at the end."""
    state, told, high, summary = State(), [], 0, None
    for records in batches:
        refit(state, 1, kind_terms)
        kept = []
        for record in records:
            moment = event_time(record) if axis == "event" else record.received_at
            if high - moment <= lateness:
                kept.append(record)
            high = max(high, moment)
        merge(state, kind_terms.type.observe(kind_terms.config, kept), kind_terms)
        events, summary = advance(state, kind_terms, high - lateness)
        told += events
    if finish:
        events, summary = advance(state, kind_terms, high + 10_000 * SECOND)
        told += events
    return told, summary, state


def kinds(events):
    return [event.kind for event in events]


def test_match_opens_on_the_first_record_and_resolves_when_none_came_for_a_while():
    told, summary, _ = run(terms(match, resolve_after=60), [[log(0)]], lateness=0, axis="received")
    assert kinds(told) == ["opened", "resolved"]
    assert summary is None
    assert told[1].count == 1


def test_match_announces_repeats_at_steps_of_the_count():
    told, summary, _ = run(terms(match, resolve_after=60), [[log(0.1 * i, i) for i in range(7)]], 0, "received", False)
    assert [(event.kind, event.count) for event in told] == [("opened", 0), ("repeated", 2), ("repeated", 5)]
    assert summary is not None
    assert summary.count == 7
    assert [sample[1] for sample in summary.evidence.samples] == [f"r-{i:05d}" for i in range(5)]


def test_frequency_opens_only_when_the_window_holds_enough():
    rule = terms(frequency, threshold=3, window=10)
    assert kinds(run(rule, [[log(0), log(20), log(40)]])[0]) == []
    assert kinds(run(rule, [[log(0), log(1)], [log(2)]], finish=False)[0]) == ["opened"]


def test_frequency_opens_at_once_before_the_watermark_and_resolves_only_after_it():
    rule = terms(frequency, threshold=2, window=10)
    told, _, _ = run(rule, [[log(0), log(1)], [log(13)]], finish=False)
    assert kinds(told) == ["opened"]
    told, _, _ = run(rule, [[log(0), log(1)], [log(13)], [log(40)]], finish=False)
    assert kinds(told) == ["opened", "resolved"]


def test_recover_below_holds_the_alert_between_the_two_thresholds():
    steady = [[log(second, second)] for second in range(0, 100, 4)]  # 2 or 3 in every window of 10 s
    burst = [[log(0.1 * i, 900 + i) for i in range(10)]]
    plain = run(terms(frequency, threshold=10, window=10), burst + steady, finish=False)[0]
    holding = run(terms(frequency, threshold=10, window=10, recover_below=2), burst + steady, finish=False)[0]
    assert "resolved" in kinds(plain)
    assert "resolved" not in kinds(holding)


def test_a_return_within_the_rules_time_reopens_and_later_opens_anew():
    rule = terms(match, resolve_after=12)
    assert kinds(run(rule, [[log(0)], [log(30)]], 0, "received")[0]) == ["opened", "resolved", "reopened", "resolved"]
    assert kinds(run(rule, [[log(0)], [log(300)]], 0, "received")[0]) == ["opened", "resolved", "opened", "resolved"]


def test_after_a_person_resolves_counting_starts_from_zero():
    rule = terms(frequency, threshold=3, window=10)
    told, _, state = run(rule, [[log(0), log(1), log(2)]], finish=False)
    assert kinds(told) == ["opened"]
    disarm(state, T0 + 3 * SECOND)
    merge(state, frequency.observe(rule.config, [log(3), log(4)]), rule)
    assert advance(state, rule, T0 - 6 * SECOND)[0] == []
    merge(state, frequency.observe(rule.config, [log(5)]), rule)
    assert kinds(advance(state, rule, T0 - 5 * SECOND)[0]) == ["reopened"]


@pytest.mark.parametrize(("above", "upto", "expected"), [(1, 1, []), (1, 10, [2, 5, 10]), (20, 130, [50, 100])])
def test_steps(above, upto, expected):
    assert list(steps(above, upto)) == expected


seconds = st.lists(st.floats(0, 200, allow_nan=False), min_size=1, max_size=60)
cuts = st.lists(st.integers(0, 60), max_size=12)
rules = st.one_of(
    st.builds(lambda w, n: terms(frequency, threshold=n, window=w), st.integers(2, 30), st.integers(1, 6)),
    st.builds(
        lambda w, n, r: terms(frequency, threshold=n, window=w, recover_below=min(r, n)),
        st.integers(2, 30),
        st.integers(1, 6),
        st.integers(1, 6),
    ),
    st.builds(lambda r: terms(match, resolve_after=r), st.integers(5, 60)),
)


def cut(records, places):
    edges = sorted({0, len(records), *(place % (len(records) + 1) for place in places)})
    return [records[a:b] for a, b in itertools.pairwise(edges)]


def story(told: list[Event]):
    return [(e.kind, e.episode, e.count, e.at, e.summary) for e in told]


@settings(max_examples=400, deadline=None)
@given(rules, seconds, cuts, st.floats(0, 15))
def test_any_cut_of_the_same_records_tells_the_same(rule, moments, places, jitter):
    """Also out of order, by up to more than the lateness."""
    records = [log(moment, number) for number, moment in enumerate(sorted(moments))]
    records.sort(key=lambda record: record.timestamp + (int(record.id[-5:]) * 7919 % 1000) / 1000 * jitter * SECOND)
    if rule.type is match:  # arrival never falls
        for number, moment in enumerate(sorted(record.received_at for record in records)):
            records[number].received_at = moment
    axis, lateness = rule.type.AXIS, LATENESS if rule.type.AXIS == "event" else 0
    whole = run(rule, [records], lateness, axis)
    parts = run(rule, cut(records, places), lateness, axis)
    single = run(rule, [[record] for record in records], lateness, axis)
    assert story(parts[0]) == story(whole[0])
    assert story(single[0]) == story(whole[0])


@settings(max_examples=200, deadline=None)
@given(rules, seconds, cuts, st.floats(0, 9))
def test_shuffled_within_the_lateness_tells_the_same_as_in_order(rule, moments, places, jitter):
    if rule.type is match:
        return
    ordered = [log(moment, number) for number, moment in enumerate(sorted(moments))]
    shuffled = sorted(ordered, key=lambda r: r.timestamp + (int(r.id[-5:]) * 7919 % 1000) / 1000 * jitter * SECOND)
    assert story(run(rule, cut(shuffled, places))[0]) == story(run(rule, [ordered])[0])


@settings(max_examples=200, deadline=None)
@given(seconds, st.integers(2, 30), st.integers(1, 6))
def test_frequency_fires_iff_some_window_of_bucket_ends_holds_the_threshold(moments, window, threshold):
    rule = terms(frequency, threshold=threshold, window=window)
    times = [T0 + int(moment * SECOND) for moment in moments]
    ends = {t - t % rule.width + rule.width * k for t in times for k in range(1, rule.span // rule.width + 1)}
    fires = any(sum(end - rule.span <= t < end for t in times) >= threshold for end in ends)
    told = run(rule, [[log(moment, number) for number, moment in enumerate(sorted(moments))]])[0]
    assert ("opened" in kinds(told)) == fires


def run_shared(kind_terms, partitions, turns, lateness, axis):
    """Several partitions, read by anyone: each turn is one partition's next batch. The clock is the slowest one's."""
    state, told = State(), []
    highs, left = [0] * len(partitions), [list(records) for records in partitions]
    turns = [*turns, *((number, len(records)) for number, records in enumerate(partitions))]
    for number, size in turns:
        batch, left[number] = left[number][:size], left[number][size:]
        kept = []
        for record in batch:
            moment = event_time(record) if axis == "event" else record.received_at
            if highs[number] - moment <= lateness:
                kept.append(record)
            highs[number] = max(highs[number], moment)
        merge(state, kind_terms.type.observe(kind_terms.config, kept), kind_terms)
        told += advance(state, kind_terms, min(highs) - lateness)[0]
    return told + advance(state, kind_terms, max(highs) + 10_000 * SECOND)[0]


turns = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 20)), max_size=40)


@settings(max_examples=400, deadline=None)
@given(rules, seconds, st.lists(st.integers(0, 2), min_size=60, max_size=60), turns, st.floats(0, 15))
def test_however_partitions_are_shared_and_interleaved_the_story_is_the_same(rule, moments, places, order, jitter):
    records = [log(moment, number) for number, moment in enumerate(sorted(moments))]
    records.sort(key=lambda record: record.timestamp + (int(record.id[-5:]) * 7919 % 1000) / 1000 * jitter * SECOND)
    if rule.type is match:  # arrival never falls
        for number, moment in enumerate(sorted(record.received_at for record in records)):
            records[number].received_at = moment
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


def test_a_return_that_may_yet_be_an_early_one_waits_until_that_is_certain():
    """What cleared at 13 and returns at 70 is the same alert again (reopen_within is 60), at 100 another one."""
    rule = terms(match, resolve_after=12)

    def play(*returns):
        state, told = State(), []
        for moment in (0, *returns):
            merge(state, match.observe(rule.config, [log(moment)]), rule)
            told += advance(state, rule, T0 + 40 * SECOND)[0]
        assert kinds(told)[:2] == ["opened", "resolved"]
        return told, told + advance(state, rule, T0 + 1000 * SECOND)[0]

    assert kinds(play(100)[0]) == ["opened", "resolved"]
    assert kinds(play(100)[1]) == ["opened", "resolved", "opened", "resolved"]
    assert kinds(play(100, 70)[0]) == ["opened", "resolved", "reopened"]
    assert story(play(100, 70)[1]) == story(play(70, 100)[1])
