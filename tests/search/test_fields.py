"""A field is known by one name, and keeps its value, from the record to the topic, the table and Elasticsearch."""

from typing import Any

import msgspec
import pytest
from django.db import connection

from search import documents, store
from search.bulk import Extras
from search.models import RawLog, StoredMetricPoint, StoredSpan
from telemetry import document
from telemetry.records import Issue, LogRecord, MetricPoint, Span

TIMES = {"timestamp": 1_767_225_600_000_001_000, "received_at": 1_767_225_661_000_002_000}
SHOWN = {"timestamp": "2026-01-01T00:00:00.000001Z", "received_at": "2026-01-01T00:01:01.000002Z"}
SPACED = {"timestamp": "2026-01-01 00:00:00.000001", "received_at": "2026-01-01 00:01:01.000002"}
NESTED: dict[str, Any] = {
    "attrs": {"attrs": 1},
    "events": [{"name": "e"}],
    "links": [{"name": "l"}],
    "buckets": [[1, 2]],
}
ISSUE = Issue("E1", "title", "fix", "restart")

LOG = (LogRecord, document.LogDocument, document.log_document, documents.LogDocument)
SPAN = (Span, document.SpanDocument, document.span_document, documents.SpanDocument)


def telling(kind: Any) -> Any:
    """A record in which each text is its field's name."""
    fields = kind.__struct_fields__
    values = {name: name for name in fields} | TIMES | NESTED | {"issue": ISSUE}
    return kind(**{name: values[name] for name in fields})


@pytest.mark.parametrize(("kind", "struct", "write", "indexed"), [LOG, SPAN])
def test_a_document_has_the_fields_of_its_record(kind: Any, struct: Any, write: Any, indexed: Any) -> None:
    assert {*struct.__struct_fields__} == {*kind.__struct_fields__, "signal"}


@pytest.mark.parametrize(("kind", "struct", "write", "indexed"), [LOG, SPAN])
def test_a_document_has_each_value_in_its_place(kind: Any, struct: Any, write: Any, indexed: Any) -> None:
    written = msgspec.json.decode(write(telling(kind)))
    assert written.pop("signal") == ("logs" if kind is LogRecord else "spans")
    issue = {"title": "title", "suggested_fix": "fix", "automation_action": "restart"}
    expected = {name: name for name in kind.__struct_fields__} | SHOWN | NESTED | {"issue": issue}
    assert written == {name: expected[name] for name in kind.__struct_fields__}


@pytest.mark.parametrize(("kind", "struct", "write", "indexed"), [LOG, SPAN])
def test_elasticsearch_knows_every_field_of_a_document(kind: Any, struct: Any, write: Any, indexed: Any) -> None:
    mapped = {*indexed._doc_type.mapping.properties.to_dict()["properties"]}
    assert mapped - {*Extras.__struct_fields__} == {*struct.__struct_fields__} - {"signal"}


@pytest.mark.parametrize(
    ("kind", "model", "row"),
    [
        (LogRecord, RawLog, store.log_row),
        (Span, StoredSpan, store.span_row),
        (MetricPoint, StoredMetricPoint, store.point_row),
    ],
)
def test_a_row_has_each_value_in_its_column(kind: Any, model: Any, row: Any) -> None:
    columns = [field.name for field in model._meta.concrete_fields]
    assert {*columns} == {*kind.__struct_fields__} - {"issue"}
    nested = {name: msgspec.json.encode(value).decode() for name, value in NESTED.items()}
    expected = {name: name for name in columns} | (SHOWN if connection.vendor == "postgresql" else SPACED) | nested
    assert row(telling(kind)) == tuple(expected[name] for name in store.columns(model))
