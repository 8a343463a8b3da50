"""When one group of a rule fires, repeats, is reminded of, escalates and clears."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.episodes import State, advance, disarm, merge, steps, wake_at
from alerts.rules import flatline, frequency, match
from alerts.rules.frame import SECOND
from tests.alerts.playing import T0, kinds, log, run, story, terms


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


def test_what_goes_on_is_told_again_after_growing_intervals_and_not_after_it_has_cleared():
    rule = terms(frequency, threshold=2, window=10, renotify=10)
    told, _, _ = run(rule, [[log(second, second) for second in range(60)]])
    reminders = [(event.kind, event.count) for event in told if event.kind in ("reminded", "resolved")]
    assert reminders == [("reminded", 1), ("reminded", 2), ("resolved", 60)]  # 10 and 30 s after it began; 70 s is late


def test_a_silence_that_goes_on_is_told_again_without_any_record():
    rule, state = terms(flatline, window=10, renotify=30), State()
    merge(state, flatline.observe(rule.config, [log(0)]), rule)
    told = advance(state, rule, T0)[0]
    for _ in range(40):
        wake = wake_at(state, rule)
        assert wake is not None
        if wake > T0 + 300 * SECOND:
            break
        told += advance(state, rule, wake)[0]
    assert kinds(told) == ["opened", "reminded", "reminded", "reminded"]  # 30, 90 and 210 s after it began


def test_the_severity_rises_with_the_value_and_never_falls():
    rule = terms(frequency, threshold=2, window=10, steps=((4, "warn"), (8, "error")))
    told, _, _ = run(rule, [[log(second, second) for second in (0, 1, 2, 3, 20, 21, 22, 23, 24, 25, 26, 27, 36, 44)]])
    assert [event.severity for event in told if event.kind == "escalated"] == ["warn", "warn", "error"]


seconds = st.lists(st.floats(0, 200, allow_nan=False), min_size=1, max_size=60)


@settings(max_examples=200, deadline=None)
@given(seconds, st.integers(2, 30), st.integers(1, 6))
def test_frequency_fires_iff_some_window_of_bucket_ends_holds_the_threshold(moments, window, threshold):
    rule = terms(frequency, threshold=threshold, window=window)
    times = [T0 + int(moment * SECOND) for moment in moments]
    ends = {t - t % rule.width + rule.width * k for t in times for k in range(1, rule.span // rule.width + 1)}
    fires = any(sum(end - rule.span <= t < end for t in times) >= threshold for end in ends)
    told = run(rule, [[log(moment, number) for number, moment in enumerate(sorted(moments))]])[0]
    assert ("opened" in kinds(told)) == fires


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
