"""What every transport promises: the embedded queue and a real Kafka are held to the same."""

import time
import uuid

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from django.conf import settings

from ingest.transport.database import DatabaseConsumer, DatabaseProducer
from ingest.transport.interface import Consumer, Message
from ingest.transport.kafka import KafkaConsumer, KafkaProducer
from ingest.transport.kafka_producer import MESSAGE_MAX

pytestmark = pytest.mark.django_db(transaction=True, databases={"default", settings.QUEUE_DATABASE})


class Embedded:
    Producer, Consumer = DatabaseProducer, DatabaseConsumer

    def __init__(self, request):
        self.topics = ["otel-logs", "otel-traces"]


class Kafka:
    Producer, Consumer = KafkaProducer, KafkaConsumer

    def __init__(self, request):
        brokers = request.getfixturevalue("kafka").brokers
        settings = request.getfixturevalue("settings")
        settings.KAFKA_CLIENT = {"bootstrap.servers": brokers}
        settings.KAFKA_GROUP_ID = name = f"t{uuid.uuid4().hex[:8]}"
        self.topics = [f"{name}-a", f"{name}-b"]
        admin = AdminClient(settings.KAFKA_CLIENT)
        config = {"max.message.bytes": str(MESSAGE_MAX)}
        made = admin.create_topics([NewTopic(topic, 1, 1, config=config) for topic in self.topics])
        for future in made.values():
            future.result(20)


@pytest.fixture(params=[Embedded, Kafka], ids=["embedded", "kafka"])
def transport(request):
    made = request.param(request)
    made.open = []
    yield made
    for each in made.open:
        each.close()


@pytest.fixture
def producer(transport):
    transport.open.append(transport.Producer())
    return transport.open[-1]


@pytest.fixture
def start(transport):
    """Consumers that know what they read, and begin at the beginning."""

    def started() -> Consumer:
        consumer: Consumer = transport.Consumer(transport.topics)
        transport.open.append(consumer)
        deadline = time.monotonic() + 60
        while not consumer.settled():
            assert time.monotonic() < deadline
            consumer.poll(1000, 0.1)
        consumer.seek({place: consumer.beginning(place) for place in consumer.assignment()})
        return consumer

    return started


def append(producer, topic, *values: bytes) -> list[int]:
    futures = [producer.append(topic, value, {"encoding": "log", "service": "shop"}) for value in values]
    return [future.result(20) for future in futures]


def read(consumer, count, max_bytes=10**6):
    messages: list[Message] = []
    deadline = time.monotonic() + 60
    while len(messages) < count and time.monotonic() < deadline:
        messages += consumer.poll(max_bytes, 0.2)
    return messages


def test_what_is_durable_is_read_in_order_with_its_headers(transport, producer, start):
    topic = transport.topics[0]
    assert append(producer, topic, *[b"%d" % number for number in range(5)]) == [0, 1, 2, 3, 4]
    messages = read(start(), 5)
    assert [(each.topic, each.partition, each.offset, each.value) for each in messages] == [
        (topic, 0, number, b"%d" % number) for number in range(5)
    ]
    assert messages[0].headers == {"encoding": "log", "service": "shop"}
    assert abs(messages[0].received_at - time.time_ns()) < 60 * 10**9


def test_a_seek_reads_the_same_again(transport, producer, start):
    place = (transport.topics[0], 0)
    append(producer, place[0], *[b"%d" % number for number in range(6)])
    consumer = start()
    first = read(consumer, 6)
    consumer.seek({place: 2})
    assert read(consumer, 4) == first[2:]


def test_a_poll_takes_what_fits_but_at_least_one_message(transport, producer, start):
    append(producer, transport.topics[0], *[b"x" * 100] * 5)
    consumer = start()
    sizes: list[int] = []
    while sum(sizes) < 5:
        sizes.append(len(consumer.poll(250, 5)))
    assert max(sizes) <= 2
    consumer.seek({(transport.topics[0], 0): 3})
    assert [each.offset for each in consumer.poll(1, 5)] == [3]


def test_a_message_of_20_mib_goes_through(transport, producer, start):
    append(producer, transport.topics[0], b"x" * 20 * 2**20)
    assert [len(each.value) for each in start().poll(1000, 10)] == [20 * 2**20]


def test_what_waits_is_what_is_not_done(transport, producer, start):
    a, b = ((topic, 0) for topic in transport.topics)
    append(producer, a[0], *[b"x"] * 3)
    consumer = start()
    assert consumer.waiting() == {a: 3, b: 0}
    read(consumer, 3)
    assert consumer.waiting() == {a: 3, b: 0}
    consumer.done({a: 2})
    assert consumer.waiting() == {a: 1, b: 0}
    consumer.done({a: 3})
    assert consumer.waiting() == {a: 0, b: 0}
    assert consumer.lag() == {a: 0, b: 0}


def test_after_a_wait_it_reads_on_from_where_it_is_told(transport, producer, start):
    place = (transport.topics[0], 0)
    append(producer, place[0], b"a", b"b")
    consumer = start()
    read(consumer, 2)
    consumer.wait(0.3)
    append(producer, place[0], b"c")
    consumer.seek(dict.fromkeys(consumer.assignment(), 1) | {(transport.topics[1], 0): 0})
    assert [each.value for each in read(consumer, 2)] == [b"b", b"c"]


def test_all_partitions_are_known_and_where_they_begin(transport, start):
    consumer = start()
    assert consumer.partitions() == sorted((topic, 0) for topic in transport.topics)
    assert consumer.assignment() == consumer.partitions()
    assert [consumer.beginning(place) for place in consumer.partitions()] == [0, 0]


def test_a_closed_producer_takes_nothing(transport):
    closed = transport.Producer()
    closed.close()
    with pytest.raises(Exception, match="closing"):
        closed.append(transport.topics[0], b"x", {}).result(5)
