"""Servers that stop, messages that are gone, workers that come and go: lag, or a gap that is told; never silence."""

import json
import subprocess
import time

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from tests.kafka.workers import Installation, kill, make_topics, past, read_all, send
from tests.servers import Kafka, Postgres


@pytest.fixture
def broker():
    """Our own, because it is stopped."""
    server = Kafka()
    server.start()
    make_topics(server.brokers)
    yield server
    server.remove()


@pytest.fixture
def database():
    server = Postgres().start()
    yield server
    server.remove()


@pytest.fixture
def installation(broker, database, tmp_path):
    return Installation(tmp_path, broker.brokers, database.fresh())


@pytest.fixture
def workers():
    """Processes that are ended with the test."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        kill(process)


def orders(first: int, count: int, code: str = "") -> list[tuple[int, int, bytes]]:
    """One record a message, over all partitions."""
    now = time.time_ns()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now // 10**9))
    line = {"timestamp": stamp, "service": "shop", "level": "info"} | ({"error_code": code} if code else {})
    return [
        (number % 3, now // 10**6, json.dumps(line | {"message": f"order {number}"}).encode())
        for number in range(first, first + count)
    ]


def stored(count: int) -> str:
    return f"SELECT count(*) >= {count} FROM raw_logs"  # noqa: S608 - a number


def counts(installation) -> tuple[int, int, int]:
    """Records, different ones, and dead letters."""
    return (
        *installation.rows("SELECT count(*), count(DISTINCT message) FROM raw_logs")[0],
        installation.rows("SELECT count(*) FROM ingest_deadletter")[0][0],
    )


def test_stops_and_kills_of_the_servers_are_lag(broker, database, installation, workers):
    workers += [installation.worker(), installation.worker()]
    send(broker.brokers, orders(0, 300))
    installation.settle(stored(300))
    for number, stop in enumerate((broker.kill, database.kill, broker.stop, database.stop), 1):
        send(broker.brokers, orders(number * 300, 150))
        stop()
        time.sleep(3)
        (broker if stop.__self__ is broker else database).start()
        send(broker.brokers, orders(number * 300 + 150, 150))
        installation.settle(stored(300 * (number + 1)), 120)
    assert counts(installation) == (1500, 1500, 0)
    assert [worker.poll() for worker in workers] == [None, None]
    assert {key for key, _ in read_all(broker.brokers, "stacklens-enriched")} == {
        key for (key,) in installation.rows("SELECT id FROM raw_logs")
    }


def test_workers_that_join_and_leave_share_the_partitions(broker, installation, workers):
    workers.append(installation.worker())
    for step in range(4):
        send(broker.brokers, orders(step * 600, 600))
        if step % 2 == 0:
            workers.append(installation.worker())
            time.sleep(4)
        else:
            installation.settle(stored(step * 600))  # the older one has begun, so it ends in order
            leaving = workers.pop(0)
            leaving.terminate()
            assert leaving.wait(60) == 0
    installation.settle(stored(2400))
    assert counts(installation) == (2400, 2400, 0)


def test_messages_that_are_gone_are_a_gap_and_an_alert(broker, installation, workers):
    send(broker.brokers, orders(0, 300))
    installation.manage("run_consumer", "--until-idle")
    send(broker.brokers, orders(300, 300))
    deleted = AdminClient({"bootstrap.servers": broker.brokers})
    deleted.delete_records([TopicPartition("otel-logs", 1, 150)])[TopicPartition("otel-logs", 1, 150)].result(10)
    workers.append(installation.worker())
    installation.settle(stored(550))
    assert counts(installation) == (550, 550, 0)
    gaps = installation.rows("SELECT topic, partition, first, upto FROM ingest_data_gap")
    assert gaps == [("otel-logs", 1, 100, 150)]
    alerts = installation.rows("SELECT issue_code, status, severity, message, count FROM alerts")
    message = "Messages 100 to 149 of otel-logs-1 were deleted before they were read"
    assert alerts == [("DATA_GAP", "open", "error", message, 1)]
    assert installation.rows("SELECT kind FROM alerts_transition") == [("opened",)]
    assert workers[0].poll() is None


def test_a_first_start_on_an_old_topic_begins_where_it_does(broker, installation):
    send(broker.brokers, orders(0, 300))
    admin = AdminClient({"bootstrap.servers": broker.brokers})
    admin.delete_records([TopicPartition("otel-logs", 2, 40)])[TopicPartition("otel-logs", 2, 40)].result(10)
    installation.manage("run_consumer", "--until-idle")
    assert counts(installation) == (260, 260, 0)
    assert installation.rows("SELECT count(*) FROM ingest_data_gap") == [(0,)]


def test_missing_topics_are_named_and_used_once_they_are_there(broker, installation, workers):
    admin = AdminClient({"bootstrap.servers": broker.brokers})
    for future in admin.delete_topics(["otel-logs", "otel-traces", "otel-metrics"]).values():
        future.result(20)
    workers.append(installation.worker())
    deadline = time.monotonic() + 60
    while "create_topics" not in installation.said():
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert workers[0].poll() is None
    said = installation.manage("create_topics")
    assert "otel-logs: made, 3 partitions, 7 days" in said
    assert "stacklens-enriched: is there" in said
    assert "otel-logs: is there, 3 partitions" in installation.manage("create_topics")
    send(broker.brokers, orders(0, 30))
    installation.settle(stored(30), 120)


def test_transitions_reach_the_alerts_topic_in_order_and_once_each(broker, installation):
    send(broker.brokers, orders(0, 12, code="PRICE_MISSING"))
    installation.manage("run_consumer", "--until-idle")
    installation.manage("run_notifier", "--until-idle")
    installation.manage("run_notifier", "--until-idle")
    told = [(key, json.loads(value)) for key, value in read_all(broker.brokers, "stacklens-alerts")]
    rows = installation.rows("SELECT alert_id, kind, seq FROM alerts_transition ORDER BY seq")
    assert [(key, event["transition"]["kind"], event["transition"]["seq"]) for key, event in told] == [
        (str(alert), kind, seq) for alert, kind, seq in rows
    ]
    assert told[0][1]["issue_code"] == "PRICE"
    assert told[0][1]["transition"]["kind"] == "opened"


def test_a_group_that_is_spread_over_partitions_and_workers_is_counted_as_one(broker, installation, workers):
    early = [(0, past(300 - number) // 10**6, b"") for number in range(0, 20)]
    lines = [
        json.dumps({"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at // 1000)), "service": "shop",
                    "level": "error", "message": "connection refused"}).encode()
        for _, at, _ in early
    ]  # fmt: skip
    both = [(number % 2, at, line) for number, ((_, at, _), line) in enumerate(zip(early, lines, strict=True))]
    send(broker.brokers, both)
    workers += [installation.worker(), installation.worker()]
    installation.settle("SELECT count(*) = 1 FROM alerts WHERE status = 'resolved'")
    assert installation.rows("SELECT count FROM alerts") == [(20,)]
