"""What is stored is what is read, on either database."""

from typing import Any

import pytest

from search import store
from search.api.stored import record
from search.models import RawLog, StoredMetricPoint, StoredSpan
from telemetry.records import LogRecord, MetricPoint, Span

pytestmark = pytest.mark.django_db
AT = 1_795_500_000_123_456_000
ODD = "a\tb\nc\rd\\N \\. \\\\ ü 🙂 'q' \"q\" \x01\x7f ,;"
ATTRS: dict[str, Any] = {"n": 1, "f": 0.5, "big": 2**63 - 1, "none": None, "deep": {ODD: [ODD, {"x": []}]}, "yes": True}


def log(**fields):
    given: dict[str, Any] = {
        "id": "otel-logs-0-1-0",
        "timestamp": AT,
        "received_at": AT + 1000,
        "service": "a",
        "level": "info",
    }
    return LogRecord(**given | {"message": "m", "pattern": "p"} | fields)


def span(**fields):
    given: dict[str, Any] = {"id": "otel-traces-0-1-0", "timestamp": AT, "received_at": AT, "service": "a", "name": "n"}
    return Span(**given | {"trace_id": "0" * 32, "span_id": "1" * 16, "duration_ns": 5} | fields)


def point(**fields):
    given: dict[str, Any] = {
        "id": "otel-metrics-0-1-0",
        "timestamp": AT,
        "received_at": AT,
        "service": "a",
        "name": "n",
    }
    return MetricPoint(**given | {"kind": "gauge"} | fields)


LOGS = {
    "the least": log(),
    "every field": log(
        trace_id="0" * 32, span_id="1" * 16, request_id="r", error_code="E", user_id="u", product_id="p", action="a",
        status="failure", app_version="1.2.3", environment="prod", host="h", attrs=ATTRS,
    ),
    "odd text": log(message=ODD, pattern=ODD, service=ODD, host=ODD, error_code=ODD, attrs={ODD: ODD}),
    "a backslash, then u0000": log(message="\\u0000", attrs={"\\u0000": "\\u0000"}),
    "empty, which is not absent": log(message="", host="", environment=""),
    "what COPY would take for something else": log(message="\\N", host="\\N", user_id="\\."),
    "quotes and backslashes alone": log(message='{"a": "C:\\\\new"}', host='"', service="\\", error_code="\\n"),
    "the end of COPY in a line of its own": log(message="a\n\\.\nb", host="\\.\n"),
    "null, which is not absent": log(message="null", host="null", user_id="NULL"),
    "the earliest time": log(timestamp=0),
}  # fmt: skip
SPANS = {
    "the least": span(),
    "every field": span(
        parent_span_id="2" * 16, kind="server", status="error", status_message=ODD, attrs=ATTRS,
        events=[{"timestamp": 1, "name": ODD, "attrs": ATTRS}], links=[{"trace_id": "0" * 32, "attrs": {}}],
        duration_ns=2**62,
    ),
}  # fmt: skip
POINTS = {
    "the least": point(),
    "every field": point(
        unit="ms", value=-0.1, count=2**40, total=1e100, minimum=-1e-9, maximum=1.5, buckets=[[0.5, 3], [None, 1]],
        temporality="delta", monotonic=True, attrs=ATTRS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("given", LOGS.values(), ids=LOGS)
def test_a_log_is_read_as_it_was_stored(given):
    store.save([given], [], [])
    assert record(RawLog.objects.get()) == given


@pytest.mark.parametrize("given", SPANS.values(), ids=SPANS)
def test_a_span_is_read_as_it_was_stored(given):
    store.save([], [given], [])
    assert record(StoredSpan.objects.get()) == given


@pytest.mark.parametrize("given", POINTS.values(), ids=POINTS)
def test_a_metric_point_is_read_as_it_was_stored(given):
    store.save([], [], [given])
    assert record(StoredMetricPoint.objects.get()) == given


def test_nul_is_shown_as_its_symbol_wherever_it_stands():
    nul = {"a\0b": ["c\0", {"d": "\0"}]}
    store.save(
        [log(message="x\0y", service="s\0", user_id="\0", attrs=nul), log(id="second", message="clean")],
        [span(name="n\0", events=[{"name": "e\0", "timestamp": 1}], attrs=nul)],
        [point(unit="\0", attrs=nul)],
    )
    shown = {"a␀b": ["c␀", {"d": "␀"}]}
    stored, clean = RawLog.objects.order_by("id")
    assert (stored.message, stored.service, stored.user_id, stored.attrs) == ("x␀y", "s␀", "␀", shown)
    assert clean.message == "clean"
    kept = StoredSpan.objects.get()
    assert (kept.name, kept.events, kept.attrs) == ("n␀", [{"name": "e␀", "timestamp": 1}], shown)
    measured = StoredMetricPoint.objects.get()
    assert (measured.unit, measured.attrs) == ("␀", shown)


def test_more_records_than_are_written_at_once_are_all_there():
    names = [f"otel-logs-0-{number:04d}-0" for number in range(store.PORTION + 1)]
    store.save([log(id=name, message=name) for name in names], [], [])
    assert list(RawLog.objects.order_by("id").values_list("message", flat=True)) == names


def test_ids_are_in_the_order_of_their_bytes():
    store.save([log(id=name) for name in ("b", "A", "a-10", "a-2", "a", "B")], [], [])
    names = list(RawLog.objects.order_by("id").values_list("id", flat=True))
    assert names == ["A", "B", "a", "a-10", "a-2", "b"]
