"""Sends the shop's telemetry to Kafka, as a Collector would, through everything that happens to the broker."""

import json
import threading
import time
from typing import Any

from confluent_kafka import Producer

from tests.shop import SECOND, SERVICES, messages

PARTITIONS = 3
RECORDS = 20  # in a message
PAUSE = 0.07  # seconds between messages
CYCLE = 600  # messages from one trouble to the next: long enough for an alert to resolve


def spans(number: int, now: int) -> bytes:
    """An OTLP JSON request with one span."""
    span = {
        "traceId": f"{number + 1:032x}", "spanId": f"{number + 1:016x}", "name": f"GET /orders/{number}", "kind": 2,
        "startTimeUnixNano": str(now), "endTimeUnixNano": str(now + SECOND // 20),
    }  # fmt: skip
    service = {"key": "service.name", "value": {"stringValue": SERVICES[number % len(SERVICES)]}}
    resource = {"resource": {"attributes": [service]}, "scopeSpans": [{"spans": [span]}]}
    return json.dumps({"resourceSpans": [resource]}).encode()


class Load(threading.Thread):
    """``acknowledged`` counts the messages that the broker has, by topic; ``failed`` those that it never got."""

    def __init__(self, brokers: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.seed = seed
        self.acknowledged = {"otel-logs": 0, "otel-traces": 0}
        self.failed = 0
        self.stopping = threading.Event()
        self.producer = Producer(
            {
                "bootstrap.servers": brokers,
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": 5,
                "message.timeout.ms": 300_000,
                "log_level": 0,
            }
        )

    def told(self, error: Any, message: Any) -> None:
        if error is None:
            self.acknowledged[message.topic()] += 1
        else:
            self.failed += 1

    def run(self) -> None:
        for sent in messages(lambda _: time.time_ns(), RECORDS, self.seed, CYCLE):
            place = sent.number % PARTITIONS
            self.send("otel-logs", sent.body, place)
            if sent.number % 5 == 0:
                self.send("otel-traces", spans(sent.number, sent.arrival), place)
            self.producer.poll(0)
            if self.stopping.wait(PAUSE):
                break
        self.producer.flush(120)

    def send(self, topic: str, body: bytes, partition: int) -> None:
        self.producer.produce(topic, body, partition=partition, on_delivery=self.told)

    def stop(self) -> None:
        self.stopping.set()
        self.join(180)
