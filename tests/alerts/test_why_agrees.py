"""What one is told of a record is what the rules did with it: random records, rules of all types and signals."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.analyse import Analyser, fingerprint
from alerts.rules import RULE_TYPES, RuleSpec, check
from alerts.rules.frame import SECOND
from alerts.why import looked
from telemetry.records import MetricPoint, Span
from tests.alerts.test_any_order import CONFIGS
from tests.query.strategies import SERVICES, keys, queries, records, scalars

NOW = 1_700_000_000 * SECOND
attrs = st.dictionaries(keys, scalars, max_size=3)
RECORDS: dict[str, st.SearchStrategy[Any]] = {
    "logs": records,
    "spans": st.builds(
        Span,
        timestamp=st.just(1),
        service=st.sampled_from(SERVICES),
        name=st.sampled_from(["GET /", "SELECT stock"]),
        duration_ns=st.integers(0, 10**9),
        status=st.sampled_from(["unset", "ok", "error"]),
        attrs=attrs,
    ),
    "metrics": st.builds(
        MetricPoint,
        timestamp=st.just(1),
        service=st.sampled_from(SERVICES),
        name=st.sampled_from(["queue", "requests"]),
        kind=st.just("gauge"),
        value=st.integers(0, 9).map(float),
        attrs=attrs,
    ),
}
of_both = ["service:Cart", "NOT service:checkout", "attrs.ms:>=5", "_exists_:attrs.a.b", "*"]
QUERIES = {
    "logs": queries,
    "spans": st.sampled_from([*of_both, "status:error", "name:GET* AND duration_ms:>500", "name:stock OR status:ok"]),
    "metrics": st.sampled_from([*of_both, "name:queue AND value:>4", "kind:gauge AND NOT name:requests"]),
}


FIELDS = {"change", "new_value", "cardinality"}


@st.composite
def rules(draw, number: int) -> RuleSpec:
    kind = draw(st.sampled_from(sorted(CONFIGS)))
    signal = draw(st.sampled_from(RULE_TYPES[kind].SIGNALS))
    return RuleSpec(
        slug=f"r{number}",
        signal=signal,
        type=kind,
        query=draw(QUERIES[signal]),
        config=draw(CONFIGS[kind]) | ({"field": "service"} if kind in FIELDS else {}),
        group_by=draw(st.sampled_from([(), ("service",), ("service", "attrs.a")])),
        lateness=draw(st.sampled_from([0, 30])),
    )


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(sorted(RECORDS)), st.sampled_from([0, 10, 40]))
def test_why_says_of_a_record_what_the_rules_did_with_it(data, signal, delay):
    specs = [spec for spec in (data.draw(rules(number)) for number in range(5)) if not check(spec)]
    record = data.draw(RECORDS[signal])
    record.timestamp, record.received_at = NOW, NOW + delay * SECOND
    analyser = Analyser(specs)
    observed, late = analyser.observe(signal, [record], [delay * SECOND])
    for rule in analyser.by_signal.get(signal, []):
        said = looked(rule, record)
        counted = {name for name, one in observed.items() if one.rule is rule}
        judged = said["matched"] and not said["late"]
        assert counted == ({fingerprint(rule.spec.slug, said["group"])} if judged else set())
        assert said["late"] == (rule.spec.slug in late)
        assert bool(said["failed"]) == (not said["matched"])
