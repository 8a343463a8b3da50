"""The query with which "silence this" begins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.models import Alert
from alerts.mutes.wording import query_of
from query import matcher

texts = st.text("abNOT '\"\\:*?/()[]{}~^-ü\n7", max_size=8)
values = st.one_of(texts, st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False))


@pytest.mark.parametrize(
    ("group", "query"),
    [
        ({}, "rule:price"),
        ({"service": "checkout"}, "rule:price AND service:checkout"),
        ({"service": "check out", "host": "h1"}, 'rule:price AND service:"check out" AND group.host:h1'),
        ({"attrs.code": 503, "pattern": 'took "<num>" ms'},
         'rule:price AND group.attrs.code:"503" AND group.pattern:"took \\"<num>\\" ms"'),
        ({"service": None, "on": True}, "rule:price AND group.on:true"),
    ],
)  # fmt: skip
def test_it_names_the_rule_and_the_group(group, query):
    assert query_of(Alert(rule_slug="price", group=group)) == query


@given(st.dictionaries(st.sampled_from(["service", "host", "attrs.region", "pattern"]), values))
def test_the_alert_itself_meets_it(group):
    service = group.get("service")
    alert = Alert(rule_slug="price-2", group=group, service=service if isinstance(service, str) else "")
    if not isinstance(service, str):
        group.pop("service", None)
    event = {"rule": alert.rule_slug, "service": alert.service, "group": alert.group}
    assert matcher(query_of(alert), "alerts")(event)
