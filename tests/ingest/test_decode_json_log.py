"""The plain JSON log: one object, an array or a line each; read at once, or one by one where something is wrong."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decode import Malformed
from ingest.decode.json_log import NESTED, at_once, json_logs, one_by_one
from ingest.validate import JsonLog
from tests.ingest.decoding import logs

GOOD: dict[str, Any] = {"timestamp": "2025-01-15T10:30:45.123Z", "service": "s", "level": "error", "message": "m"}


def test_json_logs_come_as_an_object_an_array_or_lines():
    good = {"timestamp": "2025-01-15T10:30:45.123Z", "service": "s", "level": "WARNING", "message": "m"}
    text = json.dumps(good)
    for body, count in ((text, 1), (f"[{text},{text}]", 2), (f"{text}\n{text}\n", 2)):
        assert len(logs(body.encode()).records) == count
    decoded = logs(f'[{text},{{"service":"s"}},7]'.encode())
    assert decoded.indexes == [0]
    assert [(reject.index, reject.reason) for reject in decoded.rejected] == [
        (1, "invalid_field"),
        (2, "invalid_field"),
    ]
    assert "timestamp" in decoded.rejected[0].error


def test_a_time_keeps_its_nine_digits():
    (record,) = logs(json.dumps(GOOD | {"timestamp": "2025-01-15T12:30:45.123456789+02:00"}).encode()).records
    assert record.timestamp == 1_736_937_045_123_456_789


def test_a_log_without_a_service_is_its_keys_default_else_refused():
    without = {key: value for key, value in GOOD.items() if key != "service"}
    body = json.dumps([without, without | {"service": None, "region": "eu"}, GOOD | {"level": "odd"}, GOOD]).encode()
    assert [record.service for record in logs(body, default_service="shop").records] == ["shop", "shop", "s"]
    assert [record.service for record in logs(json.dumps(without).encode(), default_service="x").records] == ["x"]
    assert [reject.error for reject in logs(body).rejected] == [
        "Object missing required field `service`",
        "Expected `str`, got `null` - at `service`",
        "level: expected error, warn, info or debug, got 'odd'",
    ]


odd_values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.sampled_from(["2025-01-15T10:30:45+01:00", "2025-01-15T10:30Z", "Warning", "A" * 32, "b" * 16, "failure"]),
    st.sampled_from(["1.4.2", "v1.x", 2**70, -(2**70), 1e400, 1e16, 5.0]),
)  # fmt: skip
odd_logs = st.dictionaries(st.sampled_from([*JsonLog.__struct_fields__, "region", "id"]), odd_values, max_size=2)
items = st.one_of(
    odd_logs.map(lambda changes: GOOD | changes),
    st.sampled_from(list(GOOD)).map(lambda left_out: {k: v for k, v in GOOD.items() if k != left_out}),
    odd_logs,
    odd_values,
)


@settings(max_examples=800, deadline=None)
@given(st.one_of(items, st.lists(items, max_size=3)), st.booleans(), st.sampled_from([None, "shop"]))
def test_read_at_once_or_one_by_one_the_records_are_the_same(value, by_line, default_service):
    if by_line and isinstance(value, list):
        body = "\n".join(map(json.dumps, value)).encode()
    else:
        body = json.dumps(value).encode()
    try:
        slow = one_by_one(body, default_service)
    except Malformed:
        with pytest.raises(Malformed):
            json_logs(body, default_service)
        return
    assert json_logs(body, default_service) == slow
    if slow.records and not slow.rejected and "region" not in str(body) and '"id"' not in str(body):
        assert at_once(body, default_service, *NESTED) == slow


def test_values_nested_too_deeply_are_refused_by_record():
    value: object = 1
    for _ in range(40):
        value = [value]
    line = {"timestamp": "2025-01-15T10:30:45Z", "service": "s", "level": "info", "message": "m", "deep": value}
    assert [reject.reason for reject in logs(json.dumps(line).encode()).rejected] == ["too_deep"]


@pytest.mark.parametrize("body", [b"", b"{", b"not json", b"[1,", b'{"a": NaN}', b"\xff\xfe", b'"\\ud800"'])
def test_what_is_no_json_is_malformed(body):
    with pytest.raises(Malformed):
        logs(body, "log")
