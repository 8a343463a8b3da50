"""The rule index finds what asking every rule finds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.index import RuleIndex
from query import matcher, parse
from tests.query.strategies import queries, records


@settings(max_examples=300, deadline=None)
@given(st.lists(queries, min_size=1, max_size=15), st.lists(records, min_size=1, max_size=10))
def test_it_agrees_with_asking_every_rule(texts, batch):
    index = RuleIndex([parse(text, "logs") for text in texts], "logs")
    asked = {
        number: found
        for number, text in enumerate(texts)
        if (found := [at for at, record in enumerate(batch) if matcher(text, "logs")(record)])
    }
    assert index.matches(batch) == asked


def test_a_rule_that_needs_nothing_is_slow():
    index = RuleIndex([parse("NOT level:error", "logs"), parse("service:pay refused", "logs")], "logs")
    assert index.slow == [0]
