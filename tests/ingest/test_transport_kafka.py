"""What Kafka alone can do to a reader and a sender, on a real broker: holes, lost places, other members, no answer."""

import time
import uuid
from typing import Any

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from ingest.transport import kafka_membership
from ingest.transport.interface import TransportFull
from ingest.transport.kafka import KafkaConsumer, KafkaProducer


@pytest.fixture
def topic(kafka, settings):
    settings.KAFKA_CLIENT = {"bootstrap.servers": kafka.brokers}
    settings.KAFKA_GROUP_ID = name = f"t{uuid.uuid4().hex[:8]}"
    settings.KAFKA_SESSION_SECONDS = 6
    admin = AdminClient(settings.KAFKA_CLIENT)
    admin.create_topics([NewTopic(name, 2, 1)])[name].result(20)
    return name


@pytest.fixture
def start(topic):
    opened = []

    def started() -> KafkaConsumer:
        opened.append(KafkaConsumer([topic]))
        return opened[-1]

    yield started
    for each in opened:
        each.close()


def join(*consumers, until):
    """Poll all of them, as workers do, until the assignments are as wanted."""
    generations = dict.fromkeys(consumers, -1)
    deadline = time.monotonic() + 60
    while not until():
        assert time.monotonic() < deadline, [each.assignment() for each in consumers]
        for each in consumers:
            each.poll(1000, 0.1)
            if generations[each] != each.generation:
                generations[each] = each.generation
                each.seek(dict.fromkeys(each.assignment(), 0))


def send(topic, *values, partition=0, **more):
    from django.conf import settings

    producer = Producer(settings.KAFKA_CLIENT | more)
    if more:
        producer.init_transactions(20)
    for value in values:
        if more:
            producer.begin_transaction()
        producer.produce(topic, value, partition=partition)
        if more:
            producer.commit_transaction(20)
    assert producer.flush(20) == 0


def read(consumer, count):
    messages: list[Any] = []
    deadline = time.monotonic() + 60
    while len(messages) < count and time.monotonic() < deadline:
        messages += consumer.poll(10**6, 0.2)
    return messages


def test_a_reader_that_lost_its_place_is_put_back(topic, start):
    send(topic, *[b"%d" % number for number in range(20)])
    consumer = start()
    join(consumer, until=lambda: len(consumer.assignment()) == 2)
    consumer.seek(dict.fromkeys(consumer.assignment(), 0))
    consumer.client.seek(TopicPartition(topic, 0, 13))  # behind its back, as a late answer of the broker's does
    assert [each.offset for each in read(consumer, 20)] == list(range(20))


def test_holes_that_are_there_are_believed(topic, start):
    send(topic, b"a", b"b", b"c", **{"transactional.id": topic})
    consumer = start()
    join(consumer, until=lambda: len(consumer.assignment()) == 2)
    consumer.seek(dict.fromkeys(consumer.assignment(), 0))
    assert [(each.offset, each.value) for each in read(consumer, 3)] == [(0, b"a"), (2, b"b"), (4, b"c")]
    consumer.done({(topic, 0): 5})
    deadline = time.monotonic() + 60
    while any(consumer.waiting().values()) and time.monotonic() < deadline:
        assert consumer.poll(1000, 0.2) == []
    assert consumer.waiting() == {(topic, 0): 0, (topic, 1): 0}  # the marker behind the last message is no lag


def test_two_readers_share_and_what_is_taken_away_is_dropped(topic, start):
    first = start()
    join(first, until=lambda: len(first.assignment()) == 2)
    before = first.generation
    second = start()
    join(first, second, until=lambda: len(first.assignment()) == len(second.assignment()) == 1)
    assert first.generation > before
    assert sorted(first.assignment() + second.assignment()) == first.partitions()
    for partition in (0, 1):
        send(topic, b"%d" % partition, partition=partition)
    for consumer in (first, second):
        ((_, partition),) = consumer.assignment()
        assert [each.partition for each in read(consumer, 1)] == [partition]


def test_a_reader_that_is_busy_for_long_stays_a_member(topic, start, monkeypatch):
    monkeypatch.setattr(kafka_membership, "KEEP_SECONDS", 0.4)
    consumer = start()
    join(consumer, until=lambda: len(consumer.assignment()) == 2)
    generation = consumer.generation
    send(topic, b"a")
    time.sleep(2)  # as a slow commit does
    assert consumer.generation > generation  # so the caller reads its positions again
    assert len(consumer.assignment()) == 2
    assert consumer.poll(1000, 0.2) == []  # nothing before it has sought
    consumer.seek(dict.fromkeys(consumer.assignment(), 0))
    assert [each.value for each in read(consumer, 1)] == [b"a"]


def test_a_sender_is_told_to_come_again_where_no_broker_answers(settings, monkeypatch):
    from ingest.transport import kafka_producer

    monkeypatch.setattr(kafka_producer, "DURABLE_MS", 1000)
    settings.KAFKA_CLIENT = {"bootstrap.servers": "127.0.0.1:1", "log_level": 0}
    producer = KafkaProducer()
    try:
        with pytest.raises(TransportFull):
            producer.append("t", b"x", {}).result(15)
        waiting = producer.append("t", b"x", {})
        with pytest.raises(TransportFull, match="answer"):
            producer.append("t", b"x", {}).result(0.1)  # at once, while one is asking
        with pytest.raises(TransportFull):
            waiting.result(15)
    finally:
        producer.close()
