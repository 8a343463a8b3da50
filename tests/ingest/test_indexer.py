"""The indexer between a real Kafka and a real Elasticsearch: whatever is killed or away, every record is found once."""

import json
import time

import pytest

from ingest import indexer
from ingest.enriched import EnrichedTopic
from telemetry.trouble import Trouble
from tests.ingest.indexing import ALIAS, TOPIC, Indexing, document, empty, fresh, send, until
from tests.servers import Elasticsearch
from tests.servers.refusing import Refusing

MANY = 5000  # three batches


@pytest.fixture
def start(kafka, cluster, elasticsearch, migrated, tmp_path):
    """An indexer's surroundings, with nothing in them yet."""
    empty(kafka.brokers)
    made: list[Indexing] = []

    def on(url=elasticsearch.url):
        made.append(Indexing(fresh(migrated, tmp_path / str(len(made))), kafka.brokers, url))
        return made[-1]

    yield on
    for one in made:
        one.end()


def keys(documents):
    return sorted({key for key, _ in documents})


def test_what_was_sent_twice_is_found_once_and_nothing_left_is_the_end(kafka, start):
    sent = [document(number) for number in range(MANY)]
    send(kafka.brokers, sent + sent[:700])
    indexing = start()
    assert indexing.run() == 0, indexing.said()
    assert indexing.found() == keys(sent)
    assert indexing.run() == 0
    assert indexing.letters() == []


def test_what_cannot_be_indexed_becomes_a_dead_letter_and_the_rest_goes_on(kafka, start):
    sent = [document(number) for number in range(100)]
    name, value = document(100)
    unfit = json.dumps(json.loads(value) | {"service": {"name": "a"}}).encode()
    send(kafka.brokers, [*sent[:50], (name, unfit), ("otel-logs-0-101-0", b"\xffno json"), *sent[50:]])
    indexing = start()
    assert indexing.run() == 0, indexing.said()
    assert indexing.found() == keys(sent)
    letters = indexing.letters()
    assert [letter[1] for letter in letters] == ["not_indexed"] * 2
    assert all(letter[0].startswith(f"{TOPIC}-") for letter in letters)
    errors = {payload: error for _, _, error, payload in letters}
    assert "service" in errors[unfit.decode()]
    assert errors["\ufffdno json"]


@pytest.mark.parametrize("fault", ["before:2", "written:1", "written:2", "after:1", "after:2"])
def test_who_dies_in_a_batch_is_followed_by_one_who_completes_it(kafka, start, fault):
    sent = [document(number) for number in range(MANY)]
    send(kafka.brokers, sent)
    indexing = start()
    assert indexing.run("--fault", fault) == -9, indexing.said()
    assert indexing.run() == 0, indexing.said()
    assert indexing.found() == keys(sent)


def test_who_is_killed_anywhere_is_followed_by_one_who_completes_it(kafka, start, cluster):
    indexing = start()
    process = indexing.start()
    until(lambda: indexing.health() == 200, 30, indexing.said)
    sent = [document(number) for number in range(4 * MANY)]
    send(kafka.brokers, sent)
    patient = cluster.options(ignore_status=(404, 503))  # while its index is made
    until(lambda: patient.count(index=ALIAS).body.get("count"), 60, indexing.said)
    process.kill()
    assert indexing.run() == 0, indexing.said()
    assert indexing.found() == keys(sent)


def test_sigterm_ends_it_cleanly_and_others_go_on_at_once(kafka, start):
    indexing = start()
    process = indexing.start()
    until(lambda: indexing.health() == 200, 30, indexing.said)
    sent = [document(number) for number in range(4 * MANY)]
    send(kafka.brokers, sent)
    process.terminate()
    assert process.wait(60) == 0, indexing.said()
    assert "Traceback" not in indexing.said()
    assert indexing.run() == 0, indexing.said()
    assert indexing.found() == keys(sent)


def test_documents_that_a_busy_cluster_refuses_are_tried_again(kafka, start, elasticsearch):
    refusing = Refusing(elasticsearch.url)
    refusing.share = 0.6
    try:
        indexing = start(refusing.url)
        sent = [document(number) for number in range(2 * MANY)]
        send(kafka.brokers, sent)
        assert indexing.run() == 0, indexing.said()
        assert refusing.refused
        assert indexing.found(elasticsearch.url) == keys(sent)
        assert indexing.letters() == []
    finally:
        refusing.close()


def test_an_outage_is_lag_that_health_tells_and_nothing_is_lost(kafka, start):
    server = Elasticsearch()
    try:
        server.start()
        indexing = start(server.url)
        process = indexing.start()
        first, second, third = ([document(n) for n in range(at, at + 1000)] for at in (0, 1000, 2000))
        send(kafka.brokers, first)
        until(lambda: indexing.health() == 200, 30, indexing.said)
        server.stop()
        send(kafka.brokers, second)
        until(lambda: indexing.health() == 503, 60, indexing.said)
        assert "Elasticsearch takes nothing" in indexing.said()
        send(kafka.brokers, third)
        server.start()
        everything = keys(first + second + third)
        until(lambda: indexing.finds(*everything), 90, indexing.said)
        until(lambda: indexing.health() == 200, 30, indexing.said)
        assert "Elasticsearch takes documents again" in indexing.said()
        process.terminate()
        assert process.wait(60) == 0
    finally:
        server.remove()


def test_sigterm_during_an_outage_ends_it_too(kafka, start):
    indexing = start("http://127.0.0.1:1")
    process = indexing.start()
    send(kafka.brokers, [document(0)])
    until(lambda: "Elasticsearch takes nothing" in indexing.said(), 60, indexing.said)
    process.terminate()
    assert process.wait(60) == 0, indexing.said()


def test_clocks_that_are_off_make_no_indices(kafka, start, cluster):
    year = 365 * 86_400 * 10**9
    now = time.time_ns()
    sent = [document(number, timestamp=now + shift * year) for number, shift in enumerate((173, 3, -3, -40))]
    send(kafka.brokers, sent)
    indexing = start()
    assert indexing.run() == 0, indexing.said()
    assert indexing.found() == keys(sent)
    assert len(cluster.indices.get(index=f"{ALIAS}-*")) == 1


def test_ten_thousand_keys_of_attributes_are_found_and_add_nothing_to_the_mapping(kafka, start, cluster):
    sent = [document(number, attrs={f"key{number}.{n}": n for n in range(500)}) for number in range(20)]
    send(kafka.brokers, sent)
    indexing = start()
    assert indexing.run() == 0, indexing.said()
    indexing.found()
    (mapping,) = [index["mappings"] for index in cluster.indices.get_mapping(index=ALIAS).values()]
    assert len(json.dumps(mapping)) < 4000
    assert cluster.count(index=ALIAS, query={"term": {"attr_terms": "~key7.499=499"}})["count"] == 1


def test_who_waits_for_a_topic_that_is_not_there_says_so_and_ends(kafka, monkeypatch, caplog):
    monkeypatch.setattr(indexer, "TOLD_SECONDS", 2.0)
    trouble = Trouble()
    topic = EnrichedTopic({"bootstrap.servers": kafka.brokers}, "not-there", trouble)
    with pytest.raises(indexer.Unread, match="no partition of not-there"):
        indexer.Indexer(topic, trouble, 7).run(until_idle=True)
    topic.close()
    assert "topic not-there doesn't exist" in caplog.text


def test_who_gets_no_partition_because_others_have_them_all_has_no_lag(kafka):
    empty(kafka.brokers, partitions=1)
    client = {"bootstrap.servers": kafka.brokers, "session.timeout.ms": 6000}
    first, second = (EnrichedTopic(client, TOPIC, Trouble()) for _ in range(2))
    lags = {}

    def both():
        for one in (first, second):
            assert one.take() == []
            lags[one] = one.lag(), len(one.consumer.assignment())
        return sorted(lags.values(), key=str) == [(0, 0), (0, 1)]

    until(both, 60, lambda: lags)
    first.close()
    second.close()
