"""Partitions that stop, and partitions that are other ones than before, on a real Kafka and Postgres."""

import json
import time

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.kafka.workers import Installation, kill, make_topics, read_all, send

GONE_ON = "SELECT count(*) = 0 FROM ingest_offset WHERE stopped != ''"
QUEUE = """
from ingest.transport.database import DatabaseProducer
producer = DatabaseProducer()
for number in range(5):
    producer.append("otel-logs", b'{}', {"encoding": "log"}).result(20)
producer.close()
"""


@pytest.fixture
def installation(kafka, postgres, tmp_path):
    make_topics(kafka.brokers)
    return Installation(
        tmp_path, kafka.brokers, postgres.fresh(), {"issues": [], "rules": []}, STACKLENS_STOP_RECORDS="50"
    )


@pytest.fixture
def worker(installation):
    process = installation.worker()
    yield process
    kill(process)


def line(number: int) -> bytes:
    return json.dumps(
        {"timestamp": "2026-01-01T00:00:00Z", "service": "shop", "level": "info", "message": f"order {number}"}
    ).encode()


def orders(partition: int, first: int, count: int) -> list[tuple[int, int, bytes]]:
    return [(partition, time.time_ns() // 10**6, line(number)) for number in range(first, first + count)]


def noise(partition: int, count: int) -> list[tuple[int, int, bytes]]:
    return [(partition, time.time_ns() // 10**6, b"?")] * count


def counted(installation) -> tuple[int, int]:
    (logs,), (dead,) = installation.rows(
        "SELECT count(*) FROM raw_logs UNION ALL SELECT count(*) FROM ingest_deadletter"
    )
    return logs, dead


def test_one_partition_stops_and_the_others_go_on(kafka, installation, worker):
    send(kafka.brokers, orders(0, 0, 100) + noise(1, 200) + orders(2, 100, 100))
    installation.settle("SELECT count(*) = 1 FROM ingest_offset WHERE stopped != ''")
    send(kafka.brokers, orders(0, 200, 50) + orders(1, 250, 50) + orders(2, 300, 50))
    installation.settle("SELECT count(*) = 300 FROM raw_logs")
    places = installation.rows("SELECT partition, next FROM ingest_offset WHERE topic = 'otel-logs' ORDER BY 1")
    assert places == [(0, 150), (1, 50), (2, 150)]
    alerts = installation.rows("SELECT issue_code, status, message FROM alerts")
    why = "otel-logs-1 is not read on: 50 of the last 50 records could not be used"
    assert alerts == [("PARTITION_STOPPED", "open", why)]
    for _ in range(4):  # the rest of the noise stops it again and again
        installation.settle("SELECT count(*) = 1 FROM ingest_offset WHERE stopped != ''")
        installation.manage("resume_partition", "otel-logs", "1")
    installation.settle("SELECT count(*) = 350 FROM raw_logs")
    assert counted(installation) == (350, 200)
    assert installation.rows("SELECT DISTINCT status FROM alerts") == [("resolved",)]
    assert worker.poll() is None


def test_a_worker_that_comes_later_leaves_it_stopped_and_ends_when_idle(kafka, installation):
    send(kafka.brokers, noise(1, 200))
    for _ in range(2):
        installation.manage("run_consumer", "--until-idle")
        assert installation.rows("SELECT next FROM ingest_offset WHERE topic = 'otel-logs' AND partition = 1") == [
            (50,)
        ]


def make_anew(brokers: str, name: str) -> None:
    admin = AdminClient({"bootstrap.servers": brokers})
    admin.delete_topics([name])[name].result(30)
    deadline = time.monotonic() + 60
    while name in admin.list_topics(timeout=60).topics and time.monotonic() < deadline:
        time.sleep(0.1)
    admin.create_topics([NewTopic(name, 3, 1)])[name].result(30)


@pytest.mark.parametrize("count", [2, 40], ids=["with fewer messages", "with more messages"])
def test_a_topic_that_was_made_anew_is_read_from_its_beginning_under_new_ids(kafka, installation, count):
    send(kafka.brokers, orders(0, 0, 20))
    installation.manage("run_consumer", "--until-idle")
    make_anew(kafka.brokers, "otel-logs")
    send(kafka.brokers, orders(0, 20, count))
    installation.manage("run_consumer", "--until-idle")
    assert counted(installation) == (20 + count, 0)
    ids = {key for (key,) in installation.rows("SELECT id FROM raw_logs")}
    assert ids == {f"otel-logs-0-{number}-0" for number in range(20)} | {
        f"otel-logs-0.1-{number}-0" for number in range(count)
    }
    assert {key for key, _ in read_all(kafka.brokers, "stacklens-enriched")} == ids
    assert installation.rows("SELECT first, upto FROM ingest_data_gap WHERE partition = 0") == [(20, 0)]


def test_a_topic_that_is_made_anew_under_a_worker_is_noticed(kafka, installation, worker):
    send(kafka.brokers, orders(0, 0, 20))
    installation.settle("SELECT count(*) = 20 FROM raw_logs")
    make_anew(kafka.brokers, "otel-logs")
    send(kafka.brokers, orders(0, 20, 40))
    # none is missing; those that were read before it was noticed may be there twice
    installation.settle("SELECT count(DISTINCT message) = 60 FROM raw_logs")
    installation.settle("SELECT count(*) = 40 FROM raw_logs WHERE id LIKE 'otel-logs-0.1-%'")
    made = {key for (key,) in installation.rows("SELECT id FROM raw_logs WHERE id LIKE 'otel-logs-0.1-%'")}
    assert made == {f"otel-logs-0.1-{number}-0" for number in range(40)}


def test_what_the_embedded_queue_had_is_not_taken_for_what_kafka_has(kafka, installation):
    brokers = installation.environment.pop("KAFKA_BROKERS")
    installation.manage("shell", "-c", QUEUE)
    installation.manage("run_consumer", "--until-idle")
    assert counted(installation) == (0, 5)
    installation.environment["KAFKA_BROKERS"] = brokers
    send(kafka.brokers, orders(0, 0, 10) + noise(0, 1))
    installation.manage("run_consumer", "--until-idle")
    assert counted(installation) == (10, 6)
    assert {key for (key,) in installation.rows("SELECT id FROM raw_logs")} == {
        f"otel-logs-0.1-{number}-0" for number in range(10)
    }
    assert installation.rows("SELECT count(*) FROM alerts") == [(0,)]  # nothing is lost
