"""flatline: silence fires, once a group has been seen for a whole window."""

import pytest

from alerts.rules import flatline
from tests.alerts.playing import log, run, terms, turns


@pytest.mark.parametrize(
    ("seconds", "config", "expected"),
    [
        pytest.param([0], {}, ["opened"], id="what was seen once and then stops fires"),
        pytest.param([0, 12, 14], {}, ["opened", "resolved", "opened"], id="a record ends it, and it returns"),
        pytest.param(range(0, 100, 2), {"threshold": 5}, ["opened"], id="five in ten seconds are enough until it ends"),
        pytest.param(range(0, 100, 2), {"threshold": 6}, ["opened"], id="five are too few for six"),
    ],
)
def test_flatline(seconds, config, expected):
    told, _, _ = run(terms(flatline, window=10, **config), [[log(second, n) for n, second in enumerate(seconds)]])
    assert [kind.replace("reopened", "opened") for kind in turns(told)] == expected


def test_nothing_is_missing_while_the_clock_stands_still():
    """The clock is that of the records: a worker that lags behind hears nothing, and claims nothing."""
    told, _, _ = run(terms(flatline, window=10), [[log(0)], [log(9)]], finish=False)
    assert told == []


def test_it_tells_when_the_silence_began():
    _, summary, _ = run(terms(flatline, window=10), [[log(0)]])
    assert summary.count == 0
    assert summary.evidence.value == 0
    assert summary.first == summary.evidence.window_start
