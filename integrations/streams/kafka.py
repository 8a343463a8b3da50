"""Transitions to the Kafka topic stacklens-alerts: key is the alert's id, value the alert with what happened to it."""

import logging
from collections.abc import Sequence
from typing import Any

import msgspec
from confluent_kafka import KafkaError, KafkaException, Producer
from django.conf import settings

from alerts.event import alert_event, iso
from alerts.models import Transition
from integrations.streams.kind import Undelivered

log = logging.getLogger(__name__)

FLUSH_SECONDS = 20.0


def wanted() -> bool:
    return bool(settings.KAFKA_BROKERS)


class AlertsTopic:
    def __init__(self) -> None:
        self.failed: KafkaError | None = None
        self.client: Producer | None = None

    def connected(self) -> Producer:
        timeout = {"message.timeout.ms": int(FLUSH_SECONDS * 1000)}
        return Producer(settings.KAFKA_CLIENT | settings.KAFKA_RELIABLE | timeout, logger=log)

    def tell(self, transitions: Sequence[Transition]) -> None:
        self.failed = None
        self.client = self.client or self.connected()
        try:
            for transition in transitions:
                key = str(transition.alert_id)
                self.client.produce(settings.ALERTS_TOPIC, event(transition), key, on_delivery=self.settle)
            left = self.client.flush(FLUSH_SECONDS)
        except (KafkaException, BufferError) as error:
            self.drop()
            raise Undelivered(str(error)) from error
        if left or self.failed:
            self.drop()
            raise Undelivered(self.failed.str() if self.failed else "the brokers did not acknowledge")

    def settle(self, error: KafkaError | None, message: Any) -> None:
        self.failed = self.failed or error

    def drop(self) -> None:
        """What is still in the producer's queue must not come after what is told next."""
        if self.client:
            self.client.purge()
            self.client = None

    def close(self) -> None:
        self.drop()


def event(transition: Transition) -> bytes:
    told = {
        "kind": transition.kind,
        "at": iso(transition.at),
        "by": transition.by,
        "reason": transition.reason,
        "data": transition.data,
        "muted_by": transition.muted_by or None,
        "seq": transition.seq,
    }
    return msgspec.json.encode(alert_event(transition.alert) | {"transition": told})
