"""new_pattern: a message of a form that wasn't there before."""

from alerts.rules import new_pattern
from tests.alerts.playing import log, run, terms, turns


def messages(*pairs):
    records = []
    for number, (second, pattern) in enumerate(pairs):
        records.append(log(second, number))
        records[-1].pattern = pattern
    return records


def test_a_form_that_was_learnt_is_known_and_another_is_new():
    rule = terms(new_pattern, learning=10, resolve_after=12)
    assert turns(run(rule, [messages((0, "took <n> ms"), (60, "took <n> ms"))])[0]) == []
    told, _, _ = run(rule, [messages((0, "took <n> ms"), (60, "out of memory"))])
    assert turns(told) == ["opened", "resolved"]
    assert told[-1].summary.evidence.detail == "pattern: out of memory"
