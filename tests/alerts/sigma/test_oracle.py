"""A converted rule finds what Sigma's own words say: compared with a naive evaluator of the document."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from alerts.sigma import Mapping, converted
from query import matcher
from telemetry.records import LogRecord
from tests.alerts.sigma import naive
from tests.alerts.sigma.strategies import events, scalars, selections, trees, words, written

NAMES = ("sel_a", "sel_b", "filter", "_hidden")


def query(detection):
    rule = {"title": "T", "logsource": {"product": "any"}, "detection": detection}
    (found,) = converted([rule], Mapping())
    assert found.entry is not None, found.reason
    return found.entry["query"]


def log(message, event):
    return LogRecord(timestamp=1, service="s", level="info", message=message, attrs=event)


@settings(max_examples=300, deadline=None)
@given(selections, events, scalars.map(str))
@example([{"User": "*"}], {"User": ""}, "")
def test_a_selection_matches_as_the_oracle_says(selection, event, message):
    expected = naive.selected(selection, event | {"message": message}, ("message",))
    found = matcher(query({"sel": selection, "condition": "sel"}), "logs")(log(message, event))
    assert found == expected


@settings(max_examples=200, deadline=None)
@given(trees, st.fixed_dictionaries(dict.fromkeys(NAMES, words)), scalars.map(str))
def test_a_condition_means_what_the_oracle_says(tree, found, message):
    expected = naive.matches(found | {"condition": tree}, {"message": message})
    text = query(found | {"condition": written(tree)})
    assert matcher(text, "logs")(log(message, {})) == expected
