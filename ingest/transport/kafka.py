"""Kafka as the transport: read by consumer group, positions kept by the caller; appended with acks=all.

What Kafka remembers of our progress is a hint for lag displays. A partition that is assigned stays paused until the
caller has sought its position, and what was fetched of a partition that is no longer ours is dropped.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Consumer, KafkaError, KafkaException
from confluent_kafka import TopicPartition as Place
from confluent_kafka.admin import AdminClient
from django.conf import settings

from ingest.transport.interface import Message, OutOfRange, TopicPartition, TransportDown
from ingest.transport.kafka_assignment import Assignment, move, place_anew
from ingest.transport.kafka_ends import EARLIEST, LATEST, ends, partitions, topic_ids
from ingest.transport.kafka_membership import Membership
from ingest.transport.kafka_positions import Positions
from ingest.transport.kafka_producer import MESSAGE_MAX, KafkaProducer
from telemetry.trouble import Trouble

__all__ = ["KafkaConsumer", "KafkaProducer"]

log = logging.getLogger(__name__)

FETCH_MESSAGES = 10_000  # the most that are taken at once
FETCH_SECONDS = 0.05  # that a batch may gather
MILLISECOND = 1_000_000
NOT_THERE = {KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE}


def configuration() -> dict[str, Any]:
    return settings.KAFKA_CLIENT | {
        "group.id": settings.KAFKA_GROUP_ID,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "error",  # nothing is skipped unless we say so
        "partition.assignment.strategy": "cooperative-sticky",
        "session.timeout.ms": settings.KAFKA_SESSION_SECONDS * 1000,
        "heartbeat.interval.ms": settings.KAFKA_SESSION_SECONDS * 1000 // 4,
        "enable.partition.eof": True,
        "allow.auto.create.topics": False,
        "topic.metadata.refresh.interval.ms": 30_000,  # a topic that is made later, or grows
        "fetch.message.max.bytes": MESSAGE_MAX,
        "fetch.max.bytes": 2 * MESSAGE_MAX,
        "receive.message.max.bytes": 3 * MESSAGE_MAX,
        "queued.max.messages.kbytes": 32 * 1024,  # fetched ahead, in memory
        "fetch.wait.max.ms": 100,
    }


class KafkaConsumer:
    """Used by one thread, which closes it; only while that thread is busy for long a second one polls for it, with its
    partitions paused."""

    def __init__(self, topics: Sequence[str]) -> None:
        self.topics = list(topics)
        self.kept: deque[Message] = deque()  # received, not handed out
        self.mean_size = 10_000.0  # bytes of a message; at first rather too few are fetched than what fills the memory
        self.told = Trouble()
        self.paused = False
        self.lock = threading.RLock()
        self.at = Positions()
        self.ours = Assignment(first=lambda place: self.at.below.get(place, 0), lost=self.forget)
        self.admin = AdminClient(settings.KAFKA_CLIENT, logger=log)
        self.client = Consumer(configuration() | {"error_cb": self.unwell}, logger=log)
        give, take = self.ours.assign, self.ours.revoke
        self.client.subscribe(self.topics, on_assign=give, on_revoke=take, on_lost=take)
        self.membership = Membership(self.stay)

    # --- who reads what, and from where ---

    @property
    def generation(self) -> int:
        return self.ours.generation

    def assignment(self) -> list[TopicPartition]:
        return sorted(self.ours.places)

    def settled(self) -> bool:
        return self.ours.joined

    def partitions(self) -> list[TopicPartition]:
        return partitions(self.admin, self.topics)

    def beginning(self, place: TopicPartition) -> int:
        return ends(self.admin, [place], EARLIEST)[place]

    def sources(self) -> dict[str, str]:
        return topic_ids(self.admin, self.topics)

    def seek(self, positions: dict[TopicPartition, int]) -> None:
        with self.lock:
            places = {place: offset for place, offset in positions.items() if place in self.ours.places}
            self.forget(self.ours.places)
            if others := self.ours.places - set(places):
                self.client.pause([Place(*place) for place in others])
            for place, offset in places.items():
                move(self.client, Place(*place, offset))
            if places:
                self.client.resume([Place(*place) for place in places])
            self.at.sought(places)
            self.paused = False

    def forget(self, gone: set[TopicPartition]) -> None:
        self.at.forget(gone)
        self.kept = deque(message for message in self.kept if (message.topic, message.partition) not in gone)

    # --- how far ---

    def done(self, positions: dict[TopicPartition, int]) -> None:
        """Tell Kafka too, for those who look at lag there; what counts is in the database."""
        with self.lock:
            ours = {place: offset for place, offset in positions.items() if place in self.ours.places}
            self.at.below |= ours
            if ours:
                try:
                    self.client.commit(offsets=[Place(*place, offset) for place, offset in ours.items()])
                except KafkaException as error:
                    self.told.say("commit", "Kafka was not told our positions: %s", error)
                else:
                    self.told.over("commit", "Kafka is told our positions again")

    def lag(self) -> dict[TopicPartition, int]:
        lags = {}
        for place in self.assignment():
            known = self.client.get_watermark_offsets(Place(*place), cached=True)
            lags[place] = self.at.behind(place, known[1]) if known else 0
        return lags

    def waiting(self) -> dict[TopicPartition, int]:
        try:
            last = ends(self.admin, self.assignment(), LATEST) if self.ours.places else {}
        except TransportDown as error:
            self.told.say("ends", "%s", error)
            return {}
        self.told.over("ends", "Kafka says again what its partitions hold")
        return {place: self.at.behind(place, end) for place, end in last.items()}

    # --- messages ---

    def poll(self, max_bytes: int, timeout: float) -> list[Message]:
        with self.lock:
            deadline = time.monotonic() + timeout
            generation = self.generation
            while not self.kept:
                self.membership.polled()
                wanted = min(max(int(max_bytes / self.mean_size), 1), FETCH_MESSAGES)
                self.receive(self.client.consume(wanted, min(FETCH_SECONDS, max(timeout, 0.001))))
                if self.at.missing:
                    self.look_for_missing()
                if self.generation != generation or time.monotonic() >= deadline:
                    break
            return self.take(max_bytes)

    def receive(self, messages: Iterable[Any]) -> None:
        for message in messages:
            if error := message.error():
                self.trouble(message, error)
                continue
            place, offset = (message.topic(), message.partition()), message.offset()
            if not self.at.takes(place, offset):
                continue
            value = message.value() or b""
            kind, milliseconds = message.timestamp()
            at = 0 if kind == TIMESTAMP_NOT_AVAILABLE else milliseconds * MILLISECOND
            self.kept.append(Message(*place, offset, value, at, words(message.headers())))
            self.mean_size += (len(value) - self.mean_size) / 100
        for place in self.at.again:
            log.warning("%s-%d went on at %d instead of %d", *place, self.at.holes[place], self.at.next[place])
            place_anew(self.client, Place(*place, self.at.next[place]))
        self.at.again.clear()

    def take(self, max_bytes: int) -> list[Message]:
        taken: list[Message] = []
        while self.kept and (not taken or len(self.kept[0].value) <= max_bytes):
            taken.append(self.kept.popleft())
            max_bytes -= len(taken[-1].value)
        return taken

    def trouble(self, message: Any, error: KafkaError) -> None:
        place = (message.topic(), message.partition())
        if error.code() == KafkaError._PARTITION_EOF:
            self.at.ended(place, message.offset())
        elif error.code() in NOT_THERE:
            self.at.missing |= {place} & self.at.reading
        elif error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC):
            self.told.say(place[0], "topic %s doesn't exist; `manage.py create_topics` makes it", place[0])
        else:
            self.told.say(error.name(), "Kafka: %s", error.str())

    def look_for_missing(self) -> None:
        """An offset that is there after all is read again; the caller decides about the others."""
        lost = {}
        first, last = (ends(self.admin, self.at.missing, spec) for spec in (EARLIEST, LATEST))
        for place in sorted(self.at.missing):
            low, high = first[place], last[place]
            if low <= self.at.received[place] <= high:
                move(self.client, Place(*place, self.at.received[place]))
            else:
                lost[place] = (low, high)
        self.at.missing.clear()
        if lost:
            raise OutOfRange(lost)

    def unwell(self, error: KafkaError) -> None:
        """Of no partition: a broker that is away, TLS or credentials."""
        self.told.say(error.name(), "Kafka: %s", error.str())

    # --- staying a member ---

    def wait(self, seconds: float) -> None:
        self.membership.wait(seconds)

    def stay(self) -> None:
        """Poll without reading. What may come all the same is dropped: the caller seeks before it goes on."""
        with self.lock:
            self.membership.polled()
            if not self.paused:
                self.client.pause([Place(*place) for place in self.ours.places])
                self.at.reading.clear()
                self.kept.clear()
                self.ours.generation += 1
                self.paused = True
            self.client.consume(1, 0.0)

    def close(self) -> None:
        self.membership.close()
        with self.lock:
            self.client.close()


def words(headers: Any) -> dict[str, str]:
    """Headers of ours are text; those of others are of no use here."""
    return {name: value.decode("utf-8", "replace") for name, value in headers or () if isinstance(value, bytes)}
