"""The embedded queue: what is appended is read, once and in order, and then it is gone."""

import threading
import time
from concurrent.futures import Future
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from ingest.models import Offset, QueueMessage
from ingest.transport import database, database_producer
from ingest.transport.database import DatabaseConsumer, DatabaseProducer
from ingest.transport.interface import TransportFull

pytestmark = pytest.mark.django_db(transaction=True, databases={"default", settings.QUEUE_DATABASE})
IN_A_FILE = pytest.mark.skipif(settings.QUEUE_DATABASE == "default", reason="Postgres minds its own disk")
LOGS, TRACES = "otel-logs", "otel-traces"


@pytest.fixture
def producer():
    made = DatabaseProducer()
    yield made
    made.close()


def append(producer, *values: bytes, topic=LOGS) -> list[int]:
    futures = [producer.append(topic, value, {"encoding": "log"}) for value in values]
    return [future.result(10) for future in futures]


def test_offsets_count_up_per_topic_and_go_on_after_a_restart(producer):
    assert append(producer, b"a", b"b") == [0, 1]
    assert append(producer, b"c", topic=TRACES) == [0]
    other = DatabaseProducer()
    assert append(other, b"d") == [2]
    other.close()
    consumer = DatabaseConsumer([LOGS, TRACES])
    messages = consumer.poll(1000, 0)
    assert [(each.topic, each.offset, each.value) for each in messages] == [
        (LOGS, 0, b"a"),
        (LOGS, 1, b"b"),
        (LOGS, 2, b"d"),
        (TRACES, 0, b"c"),
    ]
    assert messages[0].headers == {"encoding": "log"}


def test_many_senders_share_a_commit(producer, monkeypatch):
    write, go = producer.write, threading.Event()
    monkeypatch.setattr(producer, "write", lambda group: (go.wait(10), write(group))[1])
    futures = [producer.append(LOGS, b"x", {}) for _ in range(200)]
    go.set()
    assert [future.result(10) for future in futures] == list(range(200))
    assert producer.commits <= 2


def test_two_producers_at_a_time_give_each_offset_once(producer):
    other = DatabaseProducer()
    futures = [each.append(LOGS, b"x", {}) for _ in range(300) for each in (producer, other)]
    assert sorted(future.result(20) for future in futures) == list(range(600))
    other.close()


def test_a_sender_that_has_gone_away_stops_nobody(producer, monkeypatch):
    write, go = producer.write, threading.Event()
    monkeypatch.setattr(producer, "write", lambda group: (go.wait(10), write(group))[1])
    first, gone, last = (producer.append(LOGS, value, {}) for value in (b"first", b"gone", b"last"))
    cancelled = gone.cancel()
    go.set()
    assert last.result(10) == (1 if cancelled else 2)
    assert first.result(10) == 0


def test_when_the_commit_fails_every_sender_is_told_and_the_next_ones_succeed(producer, monkeypatch):
    def fail(group):
        raise OSError("disk on fire")

    with monkeypatch.context() as patch:
        patch.setattr(producer, "write", fail)
        future: Future[int] = producer.append(LOGS, b"x", {})
        with pytest.raises(OSError, match="fire"):
            future.result(10)
    assert append(producer, b"y") == [0]


def test_arrival_times_never_fall(producer, monkeypatch):
    append(producer, b"a")
    with monkeypatch.context() as patch:
        patch.setattr(time, "time_ns", lambda: 1)
        append(producer, b"b")
    rows = list(QueueMessage.objects.order_by("offset").values_list("received_at", flat=True))
    assert rows[0] == rows[1] > 1
    QueueMessage.objects.all().delete()
    Offset.objects.create(topic=LOGS, partition=0, received_high=rows[1])
    with monkeypatch.context() as patch:
        patch.setattr(time, "time_ns", lambda: 1)
        append(producer, b"c")
    assert QueueMessage.objects.get().received_at == rows[1]


@IN_A_FILE
def test_a_full_disk_takes_nothing_more(producer, monkeypatch):
    monkeypatch.setattr(database_producer, "free_bytes", lambda: 1)
    with pytest.raises(TransportFull, match="disk"):
        append(producer, b"x")


def test_a_full_queue_takes_nothing_more_until_there_is_room(producer, settings, monkeypatch):
    monkeypatch.setattr(database_producer, "MEASURE_SECONDS", 0.0)
    append(producer, b"xx")
    settings.INGEST_QUEUE_MAX_BYTES = 1
    with pytest.raises(TransportFull, match="full"):
        append(producer, b"x")
    settings.INGEST_QUEUE_MAX_BYTES = 2**30
    assert append(producer, b"x") == [1]


def test_what_waits_in_memory_is_bounded(producer, monkeypatch):
    monkeypatch.setattr(database_producer, "MEMORY_MAX", 1000)
    write, go = producer.write, threading.Event()
    monkeypatch.setattr(producer, "write", lambda group: (go.wait(10), write(group))[1])
    first = producer.append(LOGS, b"x", {})
    while producer.waiting:
        time.sleep(0.001)
    second = producer.append(LOGS, b"x" * 5000, {})  # alone, it may be of any size
    third = producer.append(LOGS, b"x", {})
    with pytest.raises(TransportFull, match="waits"):
        third.result(10)
    go.set()
    assert [first.result(10), second.result(10)] == [0, 1]


def test_a_poll_takes_what_fits_but_at_least_one_message(producer):
    append(producer, *[b"x" * 100] * 5)
    consumer = DatabaseConsumer([LOGS])
    assert [each.offset for each in consumer.poll(250, 0)] == [0, 1]
    assert [each.offset for each in consumer.poll(1, 0)] == [2]
    assert [each.offset for each in consumer.poll(10_000, 0)] == [3, 4]
    consumer.seek({(LOGS, 0): 1})
    assert consumer.poll(1, 0)[0].offset == 1


def test_a_busy_topic_leaves_room_for_the_others(producer):
    append(producer, *[b"x" * 100] * 50)
    append(producer, *[b"x" * 100] * 50, topic=TRACES)
    messages = DatabaseConsumer([LOGS, TRACES]).poll(1000, 0)
    assert {topic: sum(each.topic == topic for each in messages) for topic in (LOGS, TRACES)} == {LOGS: 5, TRACES: 5}


def test_a_poll_waits_for_the_first_message(producer):
    consumer = DatabaseConsumer([LOGS])
    began = time.monotonic()
    assert consumer.poll(1000, 0.1) == []
    assert time.monotonic() - began >= 0.1
    threading.Timer(0.2, lambda: producer.append(LOGS, b"late", {})).start()
    assert [each.value for each in consumer.poll(1000, 120)] == [b"late"]
    assert time.monotonic() - began < 60


def test_lag_is_what_is_not_done(producer):
    append(producer, *[b"x"] * 3)
    consumer = DatabaseConsumer([LOGS, TRACES])
    consumer.poll(1000, 0)
    assert consumer.lag() == {(LOGS, 0): 3, (TRACES, 0): 0}
    consumer.done({(LOGS, 0): 2})
    assert consumer.lag() == {(LOGS, 0): 1, (TRACES, 0): 0}
    assert [row.offset for row in QueueMessage.objects.all()] == [2]


@IN_A_FILE
def test_no_byte_of_what_is_done_stays_on_the_disk(producer, monkeypatch):
    secret = b"4111-canary-" * 2000
    append(producer, *[secret] * 20)
    consumer = DatabaseConsumer([LOGS])
    assert len(consumer.poll(10**9, 0)) == 20
    assert on_disk(secret[:24])
    consumer.done({(LOGS, 0): 20})
    consumer.poll(1000, database.IDLE_SECONDS + 0.3)
    assert not on_disk(secret[:24])


def on_disk(text: bytes) -> bool:
    file = Path(connections[settings.QUEUE_DATABASE].settings_dict["NAME"])
    return any(text in each.read_bytes() for each in file.parent.glob(file.name + "*"))
