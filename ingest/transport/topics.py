"""Our topics in Kafka, and how they are made."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from django.conf import settings

from ingest.transport.kafka_producer import MESSAGE_MAX

ANSWER_SECONDS = 15.0
DAY_MS = 86_400_000


class Topic(NamedTuple):
    name: str
    partitions: int
    days: int
    comes_in: bool = False

    def as_new(self) -> NewTopic:
        config = {
            "retention.ms": str(self.days * DAY_MS),
            "max.message.bytes": str(MESSAGE_MAX),
            # when it came in is for the broker's clock to say, not for each sender's
            "message.timestamp.type": "LogAppendTime" if self.comes_in else "CreateTime",
        }
        return NewTopic(self.name, self.partitions, settings.KAFKA_REPLICATION_FACTOR, config=config)


TOPICS = (
    Topic("otel-logs", 3, 7, comes_in=True),
    Topic("otel-traces", 3, 7, comes_in=True),
    Topic("otel-metrics", 3, 7, comes_in=True),
    Topic(settings.ENRICHED_TOPIC, 3, 3),
    Topic(settings.ALERTS_TOPIC, 1, 30),
    Topic(settings.DEAD_LETTERS_TOPIC, 1, 30),
)


class CannotMake(Exception):
    """The brokers can't be reached or refuse; the message says what they said."""


def create(topics: Sequence[Topic] = TOPICS) -> Iterator[str]:
    """Make those that are missing; says of each what it did. One that is there stays as it is."""
    heard: list[str] = []  # why a broker can't be talked to: TLS, credentials
    asked: dict[str, Any] = settings.KAFKA_CLIENT | {"error_cb": lambda error: heard.append(error.str())}
    client = AdminClient(asked)
    try:
        there = client.list_topics(timeout=ANSWER_SECONDS).topics
    except KafkaException as error:
        client.poll(0)
        why = "; ".join([said(error), *dict.fromkeys(heard)])
        raise CannotMake(f"KAFKA_BROKERS: no answer from {', '.join(settings.KAFKA_BROKERS)}: {why}") from error
    missing = [topic for topic in topics if topic.name not in there]
    new = [topic.as_new() for topic in missing]
    made = client.create_topics(new, operation_timeout=ANSWER_SECONDS) if new else {}
    for topic in topics:
        if topic.name in there:
            yield f"{topic.name}: is there, {len(there[topic.name].partitions)} partitions"
            continue
        try:
            made[topic.name].result(ANSWER_SECONDS)
            yield f"{topic.name}: made, {topic.partitions} partitions, {topic.days} days"
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:  # someone else was quicker
                raise CannotMake(f"{topic.name}: {said(error)}") from error
            yield f"{topic.name}: is there"


def said(error: KafkaException) -> str:
    return str(error.args[0].str())
