"""A replay reads only the columns that a rule says it reads; what the rule sees is the same."""

import msgspec
import pytest
from hypothesis import given, settings

from alerts.analyse import Analyser
from alerts.rules import RULE_TYPES, RuleSpec, reads_of
from search.api.stored import FIELDS, KINDS, MODELS, from_columns, names_of
from tests.alerts.playing import RECORDS
from tests.alerts.test_any_order import CONFIGS

TYPES = [name for name, kind in RULE_TYPES.items() if hasattr(kind, "reads")]


@pytest.mark.parametrize("kind", TYPES)
def test_what_a_type_does_not_read_may_be_missing(kind):
    signal = RULE_TYPES[kind].SIGNALS[0]
    records = [RECORDS[signal](number / 2, number) for number in range(40)]

    @settings(max_examples=20)
    @given(CONFIGS[kind])
    def same(config):
        spec = RuleSpec(
            slug="r", type=kind, signal=signal, query="user_id:user-1 OR m", config=config, group_by=("app_version",)
        )
        names = names_of(MODELS[signal], reads_of(spec))
        assert len(names) < len(FIELDS[MODELS[signal]])
        assert observed(spec, [trimmed(record, names) for record in records]) == observed(spec, records)

    same()


def observed(spec, records):
    return {name: seen.deltas for name, seen in Analyser([spec]).observe(spec.signal, records)[0].items()}


def trimmed(record, names):
    """As it comes out of the columns."""
    model = next(model for model, kind in KINDS.items() if kind is type(record))
    values = msgspec.structs.asdict(record)
    values |= {"timestamp": record.timestamp // 1000, "received_at": record.received_at // 1000}
    values["attrs"] = msgspec.json.encode(record.attrs)
    return from_columns(model, names)([values[name] for name in names])
