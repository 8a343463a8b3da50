"""Documents of the topic as lines of a bulk request, and what its answers mean; no server needed."""

import json
from datetime import date

import pytest

from search.bulk import Line, Unusable, line
from search.write import portions, sort

TODAY = date(2026, 11, 24)
DOCUMENT = {
    "id": "otel-logs-0-1-0",
    "signal": "logs",
    "timestamp": "2026-11-24T06:00:00.000001Z",
    "received_at": "2026-11-24T06:00:01.000000Z",
    "service": "a",
    "level": "info",
    "message": "Price: 0 €!",
    "pattern": "Price: <n> €!",
    "attrs": {},
}


def made(**fields):
    value = json.dumps(DOCUMENT | fields, ensure_ascii=False).encode()
    action, document = line(b"k", value, TODAY).body.splitlines()
    return json.loads(action), json.loads(document)


def test_a_document_goes_through_as_it_is_and_what_finds_it_is_added():
    action, document = made()
    assert action == {"create": {"_index": "stacklens-logs-2026.11.24", "_id": "k"}}
    assert document == DOCUMENT | {
        "present": ["message", "pattern"],
        "message_tokens": "price 0",
        "pattern_tokens": "price n",
    }


ADDED = [
    ({"message": ""}, {"present": ["pattern"]}),
    ({"message": "!?"}, {"present": ["message", "pattern"]}),
    ({"message": "A_b-C\n1.5"}, {"message_tokens": "a_b c 1 5"}),
    ({"signal": "spans", "name": "GET /x", "duration_ns": 1_500_000}, {"duration_ms": 1.5, "name_tokens": "get x"}),
    ({"signal": "spans", "status_message": "no"}, {"status_message_tokens": "no"}),
    ({"attrs": {"a": "x"}}, {"attr_terms": ["?a", "=a=x"]}),
    ({"attrs": {"a": "1"}}, {"attr_terms": ["?a", "=a=1", "#a=bff00000000000001"]}),
    ({"attrs": {"a": 1}}, {"attr_terms": ["?a", "~a=1", "#a=bff00000000000001"]}),
    ({"attrs": {"a": -1}}, {"attr_terms": ["?a", "~a=-1", "#a=400fffffffffffff1"]}),
    ({"attrs": {"a": True}}, {"attr_terms": ["?a", "!a=true"]}),
    ({"attrs": {"a": None, "b": ""}}, {"attr_terms": ["=b="]}),
    ({"attrs": {"a": {"b": ["x", {"c": "y"}]}}}, {"attr_terms": ["?a.b", "=a.b=x", "?a.b.c", "=a.b.c=y"]}),
    ({"attrs": {"a=b": "c"}}, {"attr_terms": ["?a\\=b", "=a\\=b=c"]}),
]


@pytest.mark.parametrize(("fields", "added"), ADDED)
def test_what_is_added(fields, added):
    _, document = made(**fields)
    assert {name: document.get(name) for name in added} == added


INDICES = [
    ("2026-11-24", "2026-11-24", "2026.11.24"),
    ("2026-11-17", "2026-11-24", "2026.11.17"),
    ("2026-11-16", "2026-11-24", "2026.11.24"),  # older than a week when it came in
    ("2026-11-25", "2026-11-24", "2026.11.25"),
    ("2026-11-26", "2026-11-24", "2026.11.24"),  # a clock that goes ahead
    ("2199-01-01", "2026-11-24", "2026.11.24"),
    ("0001-01-01", "2026-11-24", "2026.11.24"),
    ("2026-11-01", "2026-11-01", "2026.11.01"),  # indexed long after it came in
]


@pytest.mark.parametrize(("timestamp", "received_at", "day"), INDICES)
def test_a_record_lies_in_the_index_of_its_day_or_of_the_day_it_came_in(timestamp, received_at, day):
    action, _ = made(timestamp=f"{timestamp}T01:02:03Z", received_at=f"{received_at}T01:02:03Z")
    assert action["create"]["_index"] == f"stacklens-logs-{day}"


def value(**fields) -> bytes:
    return json.dumps(DOCUMENT | fields).encode()


UNUSABLE = [
    (b"", value(), "the key has 0 bytes"),
    (b"k" * 513, value(), "the key has 513 bytes"),
    (b"\xff", value(), "utf-8"),
    (b"k", b"", "truncated"),
    (b"k", b"[]", "Expected `object`"),
    (b"k", b"{}", "signal"),
    (b"k", value(signal="metrics"), "Invalid enum value 'metrics'"),
    (b"k", value(message=1), "$.message"),
    (b"k", value(attrs=[]), "$.attrs"),
    (b"k", value(timestamp="yesterday"), "isoformat"),
    (b"k", value(timestamp="2199-01-01T00:00:00Z", received_at="2199-01-01T00:00:00Z"), "still to come"),
    (b"k", value(timestamp="9999-12-31T00:00:00Z", received_at="9999-12-31T00:00:00Z"), "out of range"),
    (b"k", value(received_at="0001-01-01T00:00:00Z"), "out of range"),
    (b"k", b'{"attrs":' + b'{"a":' * 100_000, "recursion"),
]


@pytest.mark.parametrize(("key", "message", "why"), UNUSABLE)
def test_what_cannot_be_a_document_says_why(key, message, why):
    with pytest.raises(Unusable, match="(?i)" + why.replace("$", r"\$")):
        line(key, message, TODAY)


def item(status, **error):
    return {"status": status} | ({"error": error} if error else {})


ANSWERS = [
    (item(201), "created"),
    (item(200), "created"),
    (item(409, type="version_conflict_engine_exception", reason="exists"), "known"),
    (item(400, type="document_parsing_exception", reason="failed to parse"), "refused"),
    (item(400, type="illegal_argument_exception", reason="no such field"), "refused"),
    (item(400, type="index_closed_exception", reason="closed"), "again"),
    (item(400, type="validation_exception", reason="this cluster has its maximum of shards open"), "again"),
    (item(403, type="cluster_block_exception", reason="index read-only"), "again"),
    (item(404, type="index_not_found_exception", reason="no such index"), "again"),
    (item(429, type="es_rejected_execution_exception", reason="full"), "again"),
    (item(500), "again"),
    (item(503, type="unavailable_shards_exception", reason="primary is not active"), "again"),
]


@pytest.mark.parametrize(("answer", "fate"), ANSWERS)
def test_what_becomes_of_a_document_by_its_answer(answer, fate):
    mine, other = Line("i", b"", 0), Line("i", b"", 1)
    written = sort([other, mine, other], [item(201), answer, item(201)])
    assert written.created == 2 + (fate == "created")
    assert written.known == (fate == "known")
    assert written.again == [mine] * (fate == "again")
    assert [refused for refused, _ in written.refused] == [mine] * (fate == "refused")
    assert written.no_index == (answer["status"] == 404)


def test_a_refusal_says_its_cause():
    error = {"type": "document_parsing_exception", "reason": "failed to parse", "caused_by": {"reason": "too long"}}
    written = sort([Line("i", b"", 0)], [item(400, **error)])
    assert written.refused[0][1] == "document_parsing_exception: failed to parse (too long)"


PORTIONS = [
    ([1], [1]),
    ([1, 2, 3], [3]),
    ([6, 6, 1], [2, 1]),
    ([6, 7], [1, 1]),
    ([30, 1, 30], [1, 1, 1]),
    ([1] * 25, [12, 12, 1]),
]


@pytest.mark.parametrize(("mebibytes", "counts"), PORTIONS)
def test_a_request_is_only_as_large_as_a_node_can_take(mebibytes, counts):
    lines = [Line("i", bytes(size * 2**20), place) for place, size in enumerate(mebibytes)]
    found = list(portions(lines))
    assert [len(portion) for portion in found] == counts
    assert [line.place for portion in found for line in portion] == list(range(len(lines)))
