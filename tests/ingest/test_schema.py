"""The published schema and the code say the same."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decode.json_log import json_logs
from ingest.validate import Invalid, JsonLog, log_record

SCHEMA = json.loads((Path(__file__).parents[2] / "ingest/schema/log_schema.json").read_text())
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)
GOOD = {"timestamp": "2025-01-15T10:30:45.123Z", "service": "order", "level": "error", "message": "What happened"}

values = st.one_of(
    st.none(),
    st.integers(),
    st.booleans(),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.sampled_from(
        ["a" * 32, "A" * 16, "b" * 31, "success", "failure", "1.2", "v1.2.3-rc.1", "1", "Warning", "ERROR", "fatal",
         "123e4567-e89b-12d3-a456-426614174000", "x" * 256, "x" * 201, ""]
    ),
)  # fmt: skip
names = st.sampled_from([name for name in SCHEMA["properties"] if name != "timestamp"] + ["custom"])


def accepted(item):
    try:
        log_record(item)
    except Invalid:
        return False
    return True


def test_it_lists_the_fields_that_the_code_knows():
    assert set(SCHEMA["properties"]) == set(JsonLog.__struct_fields__)


@settings(max_examples=800, deadline=None)
@given(st.dictionaries(names, values, max_size=4), st.sets(st.sampled_from(list(GOOD)), max_size=1))
def test_code_and_schema_accept_the_same(changes, left_out):
    item = {key: value for key, value in GOOD.items() if key not in left_out} | changes
    assert accepted(item) == VALIDATOR.is_valid(item)


@pytest.mark.parametrize("timestamp", ["2025-01-15", "2025-01-15T10:30:45", 5, None, "1969-12-31T23:59:59Z", "x"])
def test_a_time_needs_its_date_clock_and_zone(timestamp):
    with pytest.raises(Invalid, match="timestamp"):
        log_record(GOOD | {"timestamp": timestamp})


def test_unknown_keys_are_kept_under_attrs():
    assert log_record(GOOD | {"region": "eu", "attrs": {"a": 1}}).attrs == {"a": 1, "region": "eu"}


@pytest.mark.parametrize(("name", "size"), [("trace_id", 32), ("span_id", 16)])
@pytest.mark.parametrize("odd", ["g", " ", "\n", "_", "é", "١", "a b", " ab "])
def test_an_id_that_is_not_hexadecimal_is_refused_alone_among_many(name, size, odd):
    ids = ["a" * size, odd + "A" * (size - len(odd)), "0" * (size - len(odd)) + odd, "B" * size]
    decoded = json_logs(json.dumps([GOOD | {name: id} for id in ids]).encode(), None)
    assert [getattr(record, name) for record in decoded.records] == ["a" * size, "b" * size]
    assert [(refused.index, name in refused.error) for refused in decoded.rejected] == [(1, True), (2, True)]
