"""Several workers on one Kafka and one Postgres: however they share, die and come back, everything is there once."""

import json
import random
import time

import pytest

from tests.kafka.workers import Installation, kill, make_topics, past, read_all, send, shop

MESSAGES, PER_MESSAGE = 600, 40
ALL_READ = f"SELECT sum(next) = {MESSAGES} FROM ingest_offset WHERE topic = 'otel-logs'"  # noqa: S608 - a number
QUIET = "SELECT count(*) = 0 FROM alerts WHERE status != 'resolved'"


@pytest.fixture(scope="module")
def stream():
    return shop(MESSAGES, PER_MESSAGE, past(600))


@pytest.fixture(scope="module")
def broker(kafka, stream):
    make_topics(kafka.brokers)
    send(kafka.brokers, stream)
    return kafka


@pytest.fixture(scope="module")
def undisturbed(broker, postgres, tmp_path_factory):
    """One worker that is left alone, until all has resolved."""
    alone = Installation(tmp_path_factory.mktemp("undisturbed"), broker.brokers, postgres.fresh())
    process = alone.worker()
    try:
        alone.settle(ALL_READ)
        alone.settle(QUIET)
    finally:
        process.terminate()
        assert process.wait(60) == 0
    return alone.outcome()


def test_the_undisturbed_run_has_something_to_lose(undisturbed):
    assert {row[2] for row in undisturbed["transitions"]} >= {"opened", "repeated", "resolved", "reopened"}
    assert len(undisturbed["logs"]) + len(undisturbed["dead"]) == MESSAGES * PER_MESSAGE
    assert len(undisturbed["dead"]) > 50


def test_enriched_and_dead_letters_are_complete(undisturbed, broker):
    stored = {row[0]: row for row in undisturbed["logs"]}
    documents = {key: json.loads(value) for key, value in read_all(broker.brokers, "stacklens-enriched")}
    assert set(documents) == set(stored)
    for key, document in documents.items():
        assert (document["id"], document["signal"], document["message"]) == (key, "logs", stored[key][4])
    letters = {key for key, _ in read_all(broker.brokers, "stacklens-dead-letters")}
    assert letters == {row[0] for row in undisturbed["dead"]}


def test_workers_that_come_and_are_killed_change_nothing(undisturbed, broker, postgres, tmp_path):
    dice = random.Random(7)
    shared = Installation(tmp_path, broker.brokers, postgres.fresh())
    workers = []
    try:
        for _ in range(8):
            point = dice.choice(["before", "produced", "inside", "after"])
            workers.append(shared.worker("--fault", f"{point}:{dice.randrange(2, 12)}"))
            if len(workers) > 2:
                kill(workers.pop(0))
            time.sleep(dice.uniform(1.0, 4.0))
        workers += [shared.worker(), shared.worker()]
        shared.settle(ALL_READ, 180)
        shared.settle(QUIET)
    finally:
        for worker in workers:
            kill(worker)
    found = shared.outcome()
    for part, expected in undisturbed.items():
        assert found[part] == expected, part
