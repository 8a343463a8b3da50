"""Where what came in waits for the worker."""

from collections.abc import Sequence

from ingest.transport.interface import Consumer, Producer


def producer() -> Producer:
    from ingest.transport.database import DatabaseProducer

    return DatabaseProducer()


def consumer(topics: Sequence[str]) -> Consumer:
    from ingest.transport.database import DatabaseConsumer

    return DatabaseConsumer(topics)
