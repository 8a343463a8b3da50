"""OTLP in both encodings becomes the same records, or a named reason why not."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from ingest.decode import Malformed, decode
from tests.ingest.decoding import NOW, any_value, as_json, logs, one_log


@pytest.mark.parametrize(
    ("severity", "level"),
    [(1, "debug"), (4, "debug"), (5, "debug"), (8, "debug"), (9, "info"), (12, "info"), (13, "warn"), (16, "warn"),
     (17, "error"), (21, "error"), (24, "error"), (0, "info")],
)  # fmt: skip
def test_severity_numbers_become_levels(severity, level):
    assert one_log(severity_number=severity).level == level


def test_without_a_number_the_severitys_text_counts():
    assert one_log(severity_text="Warning").level == "warn"


def test_a_missing_time_is_the_observed_one_else_the_arrival():
    assert one_log(time_unix_nano=5).timestamp == 5
    assert one_log(observed_time_unix_nano=7).timestamp == 7
    assert one_log().timestamp == NOW
    assert one_log(time_unix_nano=2**64 - 1).timestamp == NOW


def test_attributes_named_like_fields_become_fields_if_they_fit():
    record = one_log(attributes={"error_code": "X", "user_id": 7, "status": "odd", "order": 1})
    assert (record.error_code, record.user_id, record.status) == ("X", "7", None)
    assert record.attrs == {"status": "odd", "order": 1}


def test_a_missing_service_has_opentelemetrys_name_for_it_and_a_structured_body_is_json():
    record = one_log(body={"a": [1, True, None], "password": "x"})
    assert record.service == "unknown_service"
    assert record.message == '{"a":[1,true,null],"password":"[REDACTED:password]"}'


def test_values_of_all_types():
    record = one_log(attributes={"b": b"\x00\xff", "n": float("nan"), "i": float("-inf"), "z": 0, "f": False, "e": ""})
    assert record.attrs == {"b": "AP8=", "n": "NaN", "i": "-Infinity", "z": 0, "f": False, "e": ""}


def test_the_shortest_log_of_otlp_json():
    body = (
        b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1000000","body":{"stringValue":"test"}}]}]}]}'
    )
    (record,) = logs(body).records
    assert (record.timestamp, record.message, record.service) == (1_000_000, "test", "unknown_service")


def test_a_span_with_a_bad_id_is_refused_and_the_others_stay():
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    scope.spans.add(name="bad", trace_id=b"123", span_id=b"12345678")
    scope.spans.add(name="good", trace_id=b"1" * 16, span_id=b"12345678", start_time_unix_nano=5, end_time_unix_nano=9)
    decoded: Any = decode(request.SerializeToString(), signal="traces", encoding="protobuf", received_at=NOW)
    assert [(reject.index, reject.reason) for reject in decoded.rejected] == [(0, "invalid_field")]
    assert (decoded.indexes, decoded.records[0].duration_ns) == ([1], 4)


def test_every_kind_of_metric():
    request = ExportMetricsServiceRequest()
    metrics = request.resource_metrics.add().scope_metrics.add().metrics
    metrics.add(name="g").gauge.data_points.add(as_int=3)
    metrics.add(name="s").sum.data_points.add(as_double=1.5)
    metrics.add(name="h").histogram.data_points.add(count=3, sum=4.5, explicit_bounds=[1, 2], bucket_counts=[1, 1, 1])
    point = metrics.add(name="e").exponential_histogram.data_points.add(count=2, scale=0, zero_count=1)
    point.positive.bucket_counts.append(1)
    metrics.add(name="q").summary.data_points.add(count=1, sum=2).quantile_values.add(quantile=0.5, value=2)
    metrics.add(name="none")
    for body, encoding in ((request.SerializeToString(), "protobuf"), (as_json(request), "json")):
        decoded: Any = decode(body, signal="metrics", encoding=encoding, received_at=NOW)
        found = {point.name: (point.value, point.buckets) for point in decoded.records}
        assert found == {
            "g": (3, []), "s": (1.5, []), "h": (None, [[1, 1], [2, 1], [None, 1]]),
            "e": (None, [[0.0, 1], [2.0, 1]]), "q": (None, [[0.5, 2]]),
        }  # fmt: skip
        assert [reject.index for reject in decoded.rejected] == [5]


def test_nulls_in_otlp_json_are_what_is_not_given():
    record = {"severityText": None, "body": {"stringValue": "m"}, "attributes": None, "timeUnixNano": "5"}
    scope = {"scope": None, "logRecords": [record]}
    (read,) = logs(json.dumps({"resourceLogs": [{"resource": None, "scopeLogs": [scope]}]}).encode(), "json").records
    assert (read.timestamp, read.message, read.service) == (5, "m", "unknown_service")
    span = {"traceId": "1" * 32, "spanId": "2" * 16, "status": None}
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
    assert len(decode(body, signal="traces", encoding="json", received_at=NOW).records) == 1
    with pytest.raises(Malformed):
        logs(b'{"resourceLogs": [{"resource": 7, "scopeLogs": null}]}', "json")


def test_a_refused_record_of_otlp_is_kept_as_json_without_its_secrets():
    request = ExportTraceServiceRequest()
    bad = request.resource_spans.add().scope_spans.add().spans.add(name="bad", trace_id=b"123", span_id=b"12345678")
    bad.attributes.add(key="password").value.string_value = "hunter2"
    bad.attributes.add(key="order").value.int_value = 7
    for body, encoding in ((request.SerializeToString(), "protobuf"), (as_json(request), "json")):
        (reject,) = decode(body, signal="traces", encoding=encoding, received_at=NOW).rejected
        assert json.loads(reject.payload) == {
            "traceId": b"123".hex(), "spanId": b"12345678".hex(), "name": "bad",
            "attributes": [{"key": "password", "value": "[REDACTED:password]"},
                           {"key": "order", "value": {"intValue": "7"}}],
        }  # fmt: skip
    metrics = ExportMetricsServiceRequest()
    metrics.resource_metrics.add().scope_metrics.add().metrics.add(name="m").gauge.data_points.add(time_unix_nano=5)
    (reject,) = decode(metrics.SerializeToString(), signal="metrics", encoding="protobuf", received_at=NOW).rejected
    assert json.loads(reject.payload) == {"name": "m", "unit": "", "gauge": {"dataPoints": [{"timeUnixNano": "5"}]}}


def test_what_is_kept_of_refused_records_is_capped_and_holds_no_half_secret():
    body = f"{'x' * 23_000} password=hunter2-canary {'y' * 300_000}"
    for long in (body, f"{'password=x ' * 1_500} 4111111111111111{' 4111111111111111' * 900} {'y' * 300_000}"):
        request = ExportLogsServiceRequest()
        request.resource_logs.add().scope_logs.add().log_records.add().body.string_value = long
        (reject,) = logs(request.SerializeToString(), "protobuf").rejected
        assert reject.reason == "too_large"
        assert 0 < len(reject.payload) <= 20_000
        assert "hunter2" not in reject.payload
        assert "4111" not in reject.payload


def test_an_attribute_that_is_no_message_makes_the_whole_malformed():
    broken = b"\x0a\x07\x12\x05\x12\x03\x32\x01\xff"  # a request with a record with the attribute 0xFF
    with pytest.raises(Malformed):
        logs(broken, "protobuf")


scalars = st.one_of(
    st.text(max_size=4), st.integers(-(2**63), 2**63 - 1), st.booleans(), st.binary(max_size=4), st.floats()
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(values, st.dictionaries(st.text(max_size=4), values, max_size=4), st.integers(0, 24), st.booleans())
def test_protobuf_and_json_of_the_same_data_decode_the_same(body, attributes, severity, traced):
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "shop"
    record = resource.scope_logs.add().log_records.add(time_unix_nano=NOW, severity_number=severity)
    record.body.CopyFrom(any_value(body))
    if traced:
        record.trace_id, record.span_id = b"t" * 16, b"s" * 8
    for key, value in attributes.items():
        record.attributes.add(key=key).value.CopyFrom(any_value(value))
    assert logs(as_json(request), "json").records == logs(request.SerializeToString(), "protobuf").records


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=60),
    st.sampled_from(["logs", "traces", "metrics"]),
    st.sampled_from([None, "protobuf", "json", "log"]),
)
def test_any_bytes_are_read_or_malformed(body, signal, encoding):
    try:
        decoded = decode(body, signal=signal, encoding=encoding, received_at=NOW)
    except Malformed:
        return
    assert isinstance(decoded.records, list)
