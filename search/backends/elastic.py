"""Elasticsearch: the documents that search/documents.py describes, over all days at once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from elasticsearch import ApiError, ConnectionTimeout, TransportError
from elasticsearch.dsl import A, Q
from elasticsearch.dsl import Search as Request

from query.ast import Node
from query.fields import SCHEMAS
from search.backends.backend import SECONDS, Away, Slices, TooLong, Values
from search.backends.bounds import Bounds, Under, Words, bounds
from search.backends.elastic_query import EVERYTHING, LAST, Query, all_of, any_of, leaf, negated
from search.documents import DOCUMENTS
from search.indices import client
from search.search import Place, nanoseconds
from telemetry.records import LogRecord, Record, Span
from telemetry.times import rfc3339

WORDS = Words(EVERYTHING, all_of, any_of, negated)
KINDS: dict[str, type[Record]] = {"logs": LogRecord, "spans": Span}
TIME = {"format": "strict_date_optional_time_nanos", "unmapped_type": "date_nanos"}
COMPARED = 5000  # values that each day's index counts before they are merged, so that the sums are right
FORGIVING = {"ignore_unavailable": True, "allow_no_indices": True}  # before the first record there is no index


class Elastic:
    counts_all = True

    def bounds(self, node: Node, signal: str) -> Bounds[Query]:
        schema = SCHEMAS[signal]

        def made(part: Any, _: Under) -> Bounds[Query]:
            field = schema.find(part.field)
            assert field is not None  # the parser knows no others
            return leaf(part, field)

        return bounds(node, made, WORDS)

    def between(self, found: Bounds[Query]) -> Query:
        return Q("bool", filter=[found.between], must_not=[found.sure])

    @contextmanager
    def limited(self) -> Iterator[None]:
        try:
            yield
        except ConnectionTimeout as error:
            raise TooLong from error
        except (ApiError, TransportError) as error:
            raise Away(f"Elasticsearch can't be searched now: {' '.join(str(error).split())[:200]}") from error

    def records(
        self, signal: str, condition: Query, after: Place | None, limit: int, newest_first: bool = True
    ) -> list[Record]:
        return self.read(signal, in_order(asked(signal, condition), after, limit, newest_first))

    def count(self, signal: str, condition: Query) -> int:
        return int(answer(asked(signal, condition).extra(size=0, track_total_hits=True))["hits"]["total"]["value"])

    def histogram(self, signal: str, found: Bounds[Query], by: str, seconds: int) -> tuple[Slices, bool]:
        return self.slices(signal, found.sure, by, seconds), not found.exact

    def slices(self, signal: str, condition: Query, by: str, seconds: int) -> Slices:
        request = asked(signal, condition).extra(size=0, track_total_hits=False)
        slices = A("date_histogram", field="timestamp", fixed_interval=f"{seconds}s", min_doc_count=1)
        request.aggs.bucket("slices", slices).bucket("by", "terms", field=by)
        for slice in answer(request).get("aggregations", {}).get("slices", {}).get("buckets", []):
            start = datetime.fromtimestamp(slice["key"] / 1000, UTC)
            for value in slice["by"]["buckets"]:
                yield start, value["key"], value["doc_count"]

    def values(self, signal: str, found: Bounds[Query], fields: Sequence[str], most: int) -> tuple[Values, bool]:
        return self.of_sure(signal, found.sure, fields, most), not found.exact

    def of_sure(self, signal: str, condition: Query, fields: Sequence[str], most: int) -> Values:
        request = asked(signal, condition).extra(size=0, track_total_hits=True)
        order = [{"_count": "desc"}, {"_key": "asc"}]
        for name in fields:  # one value more, as the empty one is not one
            shared = {"size": most + 1, "shard_size": max(COMPARED, most + 1), "order": order}
            request.aggs.bucket(name, "terms", field=name, **shared)
        whole = answer(request)
        found = whole.get("aggregations", {})
        buckets = {name: found.get(name, {}).get("buckets", []) for name in fields}
        return whole["hits"]["total"]["value"], {
            name: dict([(one["key"], one["doc_count"]) for one in each if one["key"]][:most])
            for name, each in buckets.items()
        }

    def spread(
        self, signal: str, condition: Query, field: str, values: Sequence[str], by: str, seconds: int
    ) -> Iterator[tuple[str, str, datetime, int]]:
        request = asked(signal, condition).filter("terms", **{field: list(values)})
        request = request.extra(size=0, track_total_hits=False)
        slices = A("date_histogram", field="timestamp", fixed_interval=f"{seconds}s", min_doc_count=1)
        each = request.aggs.bucket("values", "terms", field=field, size=max(len(values), 1))
        each.bucket("by", "terms", field=by).bucket("slices", slices)
        for value in answer(request).get("aggregations", {}).get("values", {}).get("buckets", []):
            for other in value["by"]["buckets"]:
                for slice in other["slices"]["buckets"]:
                    start = datetime.fromtimestamp(slice["key"] / 1000, UTC)
                    yield value["key"], other["key"], start, slice["doc_count"]

    def one(self, signal: str, id: str) -> Record | None:
        found = self.read(signal, asked(signal, Q("term", id=id)).extra(size=1))
        return found[0] if found else None

    def of_trace(self, signal: str, trace_id: str, limit: int) -> list[Record]:
        return self.records(signal, Q("term", trace_id=trace_id), None, limit, newest_first=False)

    def traced(self, condition: Query, after: Place | None, limit: int) -> list[tuple[Place, str]]:
        request = in_order(asked("spans", condition), after, limit).source(["timestamp", "id", "trace_id"])
        spans = [hit["_source"] for hit in answer(request)["hits"]["hits"]]
        return [(Place(datetime.fromisoformat(span["timestamp"]), span["id"]), span["trace_id"]) for span in spans]

    def read(self, signal: str, request: Request) -> list[Record]:
        return [as_record(signal, hit["_source"]) for hit in answer(request)["hits"]["hits"]]


def asked(signal: str, condition: Query) -> Request:
    patient = client().options(request_timeout=SECONDS + 1)
    return Request(using=patient, index=DOCUMENTS[signal]._index._name).filter(condition).params(**FORGIVING)


def in_order(request: Request, after: Place | None, limit: int, newest_first: bool = True) -> Request:
    order = "desc" if newest_first else "asc"
    keys = [{"timestamp": TIME | {"order": order}}, {"id": {"order": order, "unmapped_type": "keyword"}}]
    request = request.extra(size=limit, track_total_hits=False).sort(*keys)
    if after is None:
        return request
    return request.extra(search_after=[rfc3339(min(max(nanoseconds(after.at), 0), LAST)), after.id])


def answer(request: Request) -> Any:
    """The time is told to Elasticsearch, which stops there, and to the client. Half an answer is none."""
    request = request.extra(timeout=f"{int(SECONDS * 1000)}ms").params(allow_partial_search_results=False)
    found = request.execute(ignore_cache=True).to_dict()
    if found.get("timed_out"):
        raise TooLong
    return found


def as_record(signal: str, source: dict[str, Any]) -> Record:
    times: dict[str, Any] = {
        name: nanoseconds(datetime.fromisoformat(source[name])) for name in ("timestamp", "received_at")
    }
    if "events" in source:
        times["events"] = [untimed(event) for event in source["events"]]
    return msgspec.convert({**source, "issue": None} | times, KINDS[signal])


def untimed(event: dict[str, Any]) -> dict[str, Any]:
    """Its time as a number again, as telemetry/document.py found it."""
    at = event.get("timestamp")
    return event | {"timestamp": nanoseconds(datetime.fromisoformat(at))} if isinstance(at, str) else event
