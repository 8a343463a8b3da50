"""What Elasticsearch keeps of a log and of a span; docs/decisions/9-elasticsearch-documents.md says why so.

Only the fields named here are indexed; whatever else a document holds can be shown but not searched, so no sender can
add to the mapping.
"""

from typing import Any

from django_elasticsearch_dsl import Document, fields
from django_elasticsearch_dsl.registries import registry
from elasticsearch.dsl import MetaField, analyzer, field

from search.models import RawLog, StoredSpan

KEYWORD_LIMIT = 8000  # characters; Lucene takes 32,766 bytes

# the same for all daily indices; a single node has no room for a copy, and needs none to be green
INDEX_SETTINGS: dict[str, Any] = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    # as pages are read: the newest are found without looking at the others
    "sort.field": ["timestamp", "id"],
    "sort.order": ["desc", "desc"],
}


def keyword() -> Any:
    return fields.KeywordField(ignore_above=KEYWORD_LIMIT)


def shown() -> Any:
    """Kept, not searched; for texts the field ``…_tokens`` is."""
    return fields.KeywordField(index=False, doc_values=False)


def token_field() -> Any:
    """Tokens that were computed by query/text.py, split at the spaces between them and nowhere else."""
    return fields.TextField(analyzer=analyzer("whitespace"), norms=False)


def unread() -> Any:
    return fields.ObjectField(enabled=False)


def instant() -> Any:
    return field.DateNanos(format="strict_date_optional_time_nanos")


class Kept(Document):  # type: ignore[misc]
    """What logs and spans share."""

    id = keyword()
    timestamp = instant()
    received_at = instant()
    service = keyword()
    environment = keyword()
    host = keyword()
    app_version = keyword()
    trace_id = keyword()
    span_id = keyword()
    status = keyword()
    present = keyword()  # names of the texts that are not empty
    attrs = unread()
    attr_terms = keyword()  # search/terms.py

    class Meta:
        dynamic = MetaField(False)


@registry.register_document
class LogDocument(Kept):
    level = keyword()
    message = shown()
    message_tokens = token_field()
    pattern = keyword()  # whole, to count by
    pattern_tokens = token_field()
    request_id = keyword()
    error_code = keyword()
    user_id = keyword()
    product_id = keyword()
    action = keyword()
    issue = unread()

    class Meta:
        dynamic = MetaField(False)

    class Index:
        name = "stacklens-logs"  # the alias over all days
        settings = INDEX_SETTINGS

    class Django:
        model = RawLog
        ignore_signals = True  # the indexer writes, not the ORM


@registry.register_document
class SpanDocument(Kept):
    parent_span_id = keyword()
    name = keyword()  # whole, to count by
    name_tokens = token_field()
    kind = keyword()
    status_message = shown()
    status_message_tokens = token_field()
    duration_ns = fields.LongField(index=False)
    duration_ms = fields.DoubleField()
    events = unread()
    links = unread()

    class Meta:
        dynamic = MetaField(False)

    class Index:
        name = "stacklens-spans"
        settings = INDEX_SETTINGS

    class Django:
        model = StoredSpan
        ignore_signals = True


DOCUMENTS = {"logs": LogDocument, "spans": SpanDocument}
