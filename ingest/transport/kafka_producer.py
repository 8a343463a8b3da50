"""The door's side of Kafka: a message is taken when all in-sync replicas have it."""

import logging
import threading
from concurrent.futures import Future
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer
from django.conf import settings

from ingest.transport.interface import TransportFull

log = logging.getLogger(__name__)

MESSAGE_MAX = 24 * 2**20  # bytes; a request has at most 20 MiB
MEMORY_KBYTES = 64 * 1024  # may wait for the brokers
DURABLE_MS = 20_000  # then the sender is told to come again; sooner than the door stops waiting


class KafkaProducer:
    """``append`` may be called from any thread."""

    def __init__(self) -> None:
        self.down = False  # no broker answers
        self.closed = threading.Event()
        self.client = self.connected()
        self.thread = threading.Thread(target=self.run, name="kafka-producer", daemon=True)
        self.thread.start()

    def connected(self) -> Producer:
        limits = {
            "linger.ms": 5,
            "message.max.bytes": MESSAGE_MAX,
            "message.timeout.ms": DURABLE_MS,
            "queue.buffering.max.kbytes": MEMORY_KBYTES,
            "error_cb": self.trouble,
        }
        return Producer(settings.KAFKA_CLIENT | settings.KAFKA_RELIABLE | limits, logger=log)

    def append(self, topic: str, value: bytes, headers: dict[str, str]) -> "Future[int]":
        future: Future[int] = Future()
        # one message at a time goes on asking whether a broker is there again
        if self.closed.is_set() or (self.down and len(self.client)):
            future.set_exception(TransportFull("closing" if self.closed.is_set() else "Kafka does not answer"))
            return future
        try:
            self.client.produce(topic, value, headers=[*headers.items()], on_delivery=partial(self.settle, future))
        except BufferError:
            future.set_exception(TransportFull("too much waits for Kafka"))
        except KafkaException as error:
            log.warning("a message for %s was not taken: %s", topic, error)
            if error.args[0].code() == KafkaError._FATAL:
                self.client = self.connected()
            future.set_exception(TransportFull("Kafka refuses it for now"))
        return future

    def settle(self, future: "Future[int]", error: KafkaError | None, message: Any) -> None:
        self.down = self.down and error is not None
        if not future.set_running_or_notify_cancel():
            return  # the sender has gone away
        if error is None:
            future.set_result(message.offset())
        else:
            log.warning("a message for %s is not durable: %s", message.topic(), error)
            future.set_exception(TransportFull("Kafka does not answer" if error.retriable() else error.str()))

    def trouble(self, error: KafkaError) -> None:
        log.warning("Kafka: %s", error.str())
        self.down = self.down or error.code() == KafkaError._ALL_BROKERS_DOWN

    def run(self) -> None:
        while not self.closed.is_set():
            self.client.poll(0.1)

    def close(self) -> None:
        """Wait for what is under way."""
        self.closed.set()
        self.thread.join(5)
        self.client.flush(10)
