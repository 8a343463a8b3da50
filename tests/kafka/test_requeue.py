"""A dead letter that is requeued over and over, into any partition, for several workers, one of which is killed."""

import json

from confluent_kafka import Producer

from tests.kafka.workers import Installation, kill, make_topics, past, read_all, send

LETTER = "otel-logs-0-0-0"
GOOD = {"timestamp": "2026-11-20T10:00:00Z", "service": "shop", "level": "info", "message": "paid"}


def again(brokers: str, times: int) -> None:
    producer = Producer({"bootstrap.servers": brokers, "acks": "all"})
    for number in range(times):
        headers: dict[str, str | bytes | None] = {"encoding": b"log", "letter": LETTER.encode()}
        producer.produce("otel-logs", json.dumps(GOOD), partition=number % 3, headers=headers)
    assert producer.flush(60) == 0


def test_it_is_stored_and_told_once(kafka, postgres, tmp_path):
    make_topics(kafka.brokers)
    shared = Installation(tmp_path, kafka.brokers, postgres.fresh())
    send(kafka.brokers, [(0, past(10) // 10**6, json.dumps(GOOD | {"level": "loud"}).encode())])
    workers = [shared.worker("--fault", "inside:2")]
    try:
        shared.settle(f"SELECT count(*) = 1 FROM ingest_deadletter WHERE id = '{LETTER}'")  # noqa: S608 - ours
        again(kafka.brokers, 60)
        workers[0].wait(60)  # it dies with the letter in its transaction
        workers += [shared.worker(), shared.worker()]
        shared.settle("SELECT sum(next) = 61 FROM ingest_offset WHERE topic = 'otel-logs'")
    finally:
        for worker in workers:
            kill(worker)
    assert shared.rows("SELECT id, message FROM raw_logs") == [(LETTER, "paid")]
    assert shared.rows("SELECT count(settled_at), count(*) FROM ingest_deadletter") == [(1, 1)]
    assert {key for key, _ in read_all(kafka.brokers, "stacklens-enriched")} == {LETTER}
