"""What is written to Kafka of a batch before it is committed: each stored log and span, and each dead letter.

Keys are the records' ids, so a batch that is done again writes the same keys: readers see at least once.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import msgspec
from confluent_kafka import KafkaError, KafkaException, Producer
from django.conf import settings

from ingest import metrics
from ingest.batch import Processed
from ingest.models import DeadLetter
from ingest.transport.kafka_producer import MESSAGE_MAX
from telemetry.document import log_document, span_document
from telemetry.times import rfc3339

log = logging.getLogger(__name__)

FLUSH_SECONDS = 20.0  # for one batch; then it is done again
MEMORY_KBYTES = 128 * 1024
IN_MEMORY = 40_000  # documents, until they are acknowledged
PORTION = 1000  # documents that are made, then handed over
# a document that the topic refuses for ever must not hold up the rest
REFUSED = {KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_RECORD}

Rows = list[dict[str, Any]]


class Unsent(Exception):
    """The brokers didn't acknowledge everything: the batch is to be done again."""


class Outlet(Protocol):
    def send(self, processed: Processed, letters: Sequence[DeadLetter]) -> None:
        """All of the batch is durable when this returns. Raises Unsent."""
        ...


class NoOutlet:
    def send(self, processed: Processed, letters: Sequence[DeadLetter]) -> None:
        pass


class KafkaOutlet:
    def __init__(self) -> None:
        self.failed: KafkaError | None = None
        self.client: Producer | None = None

    def connected(self) -> Producer:
        limits = {
            "linger.ms": 20,
            "message.max.bytes": MESSAGE_MAX,
            "batch.size": 2**20,
            "queue.buffering.max.messages": IN_MEMORY,
            "queue.buffering.max.kbytes": MEMORY_KBYTES,
            "message.timeout.ms": int(FLUSH_SECONDS * 1000),
            "delivery.report.only.error": True,  # a call for each record costs more than encoding it
            "on_delivery": self.settle,
        }
        return Producer(settings.KAFKA_CLIENT | settings.KAFKA_RELIABLE | limits, logger=log)

    def settle(self, error: KafkaError | None, message: Any) -> None:
        if error is None:
            return
        if error.code() in REFUSED:
            refused(message.topic(), message.key(), error)
        else:
            self.failed = error

    def send(self, processed: Processed, letters: Sequence[DeadLetter]) -> None:
        self.failed = None
        self.client = self.client or self.connected()
        try:
            for topic, rows in written(processed, letters):
                self.produce(self.client, topic, rows)
            self.flush(self.client)
        except (Unsent, KafkaException) as error:
            # what is still in its queue must not come after what is sent next
            self.client.purge()
            self.client = None
            raise Unsent(str(error)) from error

    def produce(self, client: Producer, topic: str, rows: Rows) -> None:
        while client.produce_batch(topic, rows) < len(rows):
            rows = [row for row in rows if self.again(topic, row)]
            self.flush(client)

    def flush(self, client: Producer) -> None:
        left = client.flush(FLUSH_SECONDS)
        if left or self.failed:
            raise Unsent(self.failed.str() if self.failed else f"{left} documents not acknowledged")

    def again(self, topic: str, row: dict[str, Any]) -> bool:
        """Whether it didn't fit into the producer's memory."""
        if (error := row.pop("_error", None)) is None:
            return False
        if error.code() == KafkaError._QUEUE_FULL:
            return True
        if error.code() not in REFUSED:
            raise Unsent(f"{topic}: {error.str()}")
        refused(topic, row["key"], error)
        return False


def refused(topic: str, key: object, error: KafkaError) -> None:
    metrics.OUTLET_REFUSED.labels(topic).inc()
    log.error("%s refuses the document of %s: %s", topic, key, error.str())


def written(processed: Processed, letters: Sequence[DeadLetter]) -> Iterator[tuple[str, Rows]]:
    """Topic and documents, in portions that are made when they are asked for."""
    all_of_it: list[tuple[Sequence[Any], Callable[[Any], bytes], str]] = [
        (processed.logs, log_document, settings.ENRICHED_TOPIC),
        (processed.spans, span_document, settings.ENRICHED_TOPIC),
        (letters, letter_document, settings.DEAD_LETTERS_TOPIC),
    ]
    for records, document, topic in all_of_it:
        for start in range(0, len(records), PORTION):
            yield topic, [{"key": each.id, "value": document(each)} for each in records[start : start + PORTION]]


def letter_document(letter: DeadLetter) -> bytes:
    nanoseconds = int(letter.received_at.timestamp() * 1_000_000) * 1000
    return msgspec.json.encode(
        {
            "id": letter.id,
            "reason": letter.reason,
            "error": letter.error,
            "payload": letter.payload,
            "service": letter.service,
            "received_at": rfc3339(nanoseconds),
        }
    )
