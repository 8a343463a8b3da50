"""Where what came in waits for the worker: in Kafka where KAFKA_BROKERS names one, else in tables."""

from collections.abc import Sequence

from django.conf import settings

from ingest.transport.interface import Consumer, Producer


def producer() -> Producer:
    if settings.KAFKA_BROKERS:
        from ingest.transport.kafka import KafkaProducer

        return KafkaProducer()
    from ingest.transport.database import DatabaseProducer

    return DatabaseProducer()


def consumer(topics: Sequence[str]) -> Consumer:
    if settings.KAFKA_BROKERS:
        from ingest.transport.kafka import KafkaConsumer

        return KafkaConsumer(topics)
    from ingest.transport.database import DatabaseConsumer

    return DatabaseConsumer(topics)
