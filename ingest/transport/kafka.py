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
from confluent_kafka.admin._listoffsets import OffsetSpec
from django.conf import settings

from ingest.transport.interface import Message, OutOfRange, TopicPartition, TransportDown
from ingest.transport.kafka_producer import MESSAGE_MAX, KafkaProducer
from telemetry.trouble import Trouble

__all__ = ["KafkaConsumer", "KafkaProducer"]

log = logging.getLogger(__name__)

EARLIEST, LATEST = OffsetSpec.earliest(), OffsetSpec.latest()  # type: ignore[no-untyped-call]
FETCH_MESSAGES = 10_000  # the most that are taken at once
FETCH_SECONDS = 0.05  # that a batch may gather
KEEP_SECONDS = 10.0  # without a poll, after which the keeper polls for us
ASK_SECONDS = 3.0  # the longest to wait for an answer about offsets
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
    """Used by one thread, which closes it. A second one of its own polls when that thread is busy for long (a slow
    database), so that the group doesn't take us for dead; partitions are paused then."""

    def __init__(self, topics: Sequence[str]) -> None:
        self.topics = list(topics)
        self.generation = 0
        self.joined = False
        self.assigned: set[TopicPartition] = set()
        self.reading: set[TopicPartition] = set()  # of these, those whose position is sought
        self.kept: deque[Message] = deque()  # received, not handed out
        self.next: dict[TopicPartition, int] = {}  # expected from the broker; behind the end where it was seen
        self.received: dict[TopicPartition, int] = {}  # the offset after the last received message
        self.below: dict[TopicPartition, int] = {}  # are done
        self.missing: set[TopicPartition] = set()  # whose next message isn't there
        self.holes: dict[TopicPartition, int] = {}  # where offsets went on after the last hole
        self.again: set[TopicPartition] = set()  # to be read once more from before a hole
        self.mean_size = 10_000.0  # bytes of a message; at first rather too few are fetched than what fills the memory
        self.told = Trouble()
        self.polled_at = time.monotonic()
        self.paused = False
        self.lock = threading.RLock()
        self.closed = threading.Event()
        self.admin = AdminClient(settings.KAFKA_CLIENT, logger=log)
        self.client = Consumer(configuration(), logger=log)
        self.client.subscribe(self.topics, on_assign=self.assign, on_revoke=self.revoke, on_lost=self.revoke)
        self.keeper = threading.Thread(target=self.keep, name="kafka-keeper", daemon=True)
        self.keeper.start()

    # --- who reads what ---

    def assignment(self) -> list[TopicPartition]:
        return sorted(self.assigned)

    def settled(self) -> bool:
        return self.joined

    def assign(self, client: Consumer, places: list[Place]) -> None:
        """Called within a poll. Nothing is fetched before ``seek`` has said from where."""
        self.joined = True
        self.generation += 1
        for place in places:
            # Any number will do, but it must be one: the answer about a logical offset may come after our seek.
            place.offset = self.below.get((place.topic, place.partition), 0)
        client.incremental_assign(places)
        client.pause(places)
        self.assigned |= {(place.topic, place.partition) for place in places}
        log.info("reads %s", self.named())

    def revoke(self, client: Consumer, places: list[Place]) -> None:
        self.generation += 1
        gone = {(place.topic, place.partition) for place in places}
        self.assigned -= gone
        self.forget(gone)
        client.incremental_unassign(places)
        log.info("gave up %d partitions; reads %s", len(gone), self.named())

    def forget(self, gone: set[TopicPartition]) -> None:
        self.reading -= gone
        self.missing -= gone
        self.kept = deque(message for message in self.kept if (message.topic, message.partition) not in gone)

    def named(self) -> str:
        return ", ".join(f"{topic}-{partition}" for topic, partition in self.assignment()) or "no partition"

    def partitions(self) -> list[TopicPartition]:
        try:
            known = self.admin.list_topics(timeout=ASK_SECONDS).topics
        except KafkaException as error:
            raise TransportDown(f"Kafka doesn't name its topics: {error}") from error
        return sorted((topic, number) for topic in self.topics if topic in known for number in known[topic].partitions)

    # --- positions ---

    def seek(self, positions: dict[TopicPartition, int]) -> None:
        with self.lock:
            places = {place: offset for place, offset in positions.items() if place in self.assigned}
            self.forget(set(places))
            for place, offset in places.items():
                self.move(Place(*place, offset))
            if places:
                self.client.resume([Place(*place) for place in places])
            self.reading |= set(places)
            self.next |= places
            self.received |= places
            self.below |= places
            self.paused = False

    def move(self, place: Place) -> None:
        try:
            self.client.seek(place)
        except KafkaException as error:
            if error.args[0].code() != KafkaError._STATE:
                raise
            # it stopped at an offset that isn't there, and starts only when it is assigned
            self.place_anew(place)

    def place_anew(self, place: Place) -> None:
        self.client.incremental_unassign([place])
        self.client.incremental_assign([place])

    def beginning(self, place: TopicPartition) -> int:
        return self.ask([place], EARLIEST)[place]

    def ask(self, places: Iterable[TopicPartition], spec: OffsetSpec) -> dict[TopicPartition, int]:
        """Offsets as they are now; on a connection of its own, because on the reader's an answer waits for a fetch."""
        try:
            asked = self.admin.list_offsets({Place(*place): spec for place in places}, request_timeout=ASK_SECONDS)
            return {(place.topic, place.partition): int(found.result().offset) for place, found in asked.items()}
        except KafkaException as error:
            raise TransportDown(f"Kafka doesn't say what its partitions hold: {error}") from error

    def done(self, positions: dict[TopicPartition, int]) -> None:
        """Tell Kafka too, for those who look at lag there; what counts is in the database."""
        with self.lock:
            ours = {place: offset for place, offset in positions.items() if place in self.assigned}
            self.below |= ours
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
            ends = self.client.get_watermark_offsets(Place(*place), cached=True)
            lags[place] = self.behind(place, ends[1]) if ends else 0
        return lags

    def waiting(self) -> dict[TopicPartition, int]:
        try:
            ends = self.ask(self.assignment(), LATEST) if self.assigned else {}
        except TransportDown as error:
            self.told.say("ends", "%s", error)
            return {}
        self.told.over("ends", "Kafka says again what its partitions hold")
        return {place: self.behind(place, end) for place, end in ends.items()}

    def behind(self, place: TopicPartition, end: int) -> int:
        """The end may be markers of transactions, which are never handed out: then it is where the end was seen."""
        below = self.below.get(place, 0)
        at = self.next.get(place, 0) if below >= self.received.get(place, 0) else below
        return max(0, end - at)

    # --- messages ---

    def poll(self, max_bytes: int, timeout: float) -> list[Message]:
        with self.lock:
            deadline = time.monotonic() + timeout
            generation = self.generation
            while not self.kept:
                self.polled_at = time.monotonic()
                wanted = min(max(int(max_bytes / self.mean_size), 1), FETCH_MESSAGES)
                self.receive(self.client.consume(wanted, min(FETCH_SECONDS, max(timeout, 0.001))))
                if self.missing:
                    self.look_for_missing()
                if self.generation != generation or time.monotonic() >= deadline:
                    break
            return self.take(max_bytes)

    def receive(self, messages: Iterable[Any]) -> None:
        for message in messages:
            if error := message.error():
                self.trouble(message, error)
                continue
            place = (message.topic(), message.partition())
            if place not in self.reading:
                continue  # fetched before it was taken from us
            offset, value = message.offset(), message.value() or b""
            if offset < self.received[place] or not self.follows(place, offset):
                continue
            self.next[place] = self.received[place] = offset + 1
            kind, milliseconds = message.timestamp()
            at = 0 if kind == TIMESTAMP_NOT_AVAILABLE else milliseconds * MILLISECOND
            self.kept.append(Message(*place, offset, value, at, words(message.headers())))
            self.mean_size += (len(value) - self.mean_size) / 100
        for place in self.again:
            log.warning("%s-%d went on at %d instead of %d", *place, self.holes[place], self.next[place])
            self.place_anew(Place(*place, self.next[place]))
        self.again.clear()

    def follows(self, place: TopicPartition, offset: int) -> bool:
        """Whether it is the next one. A hole may be a transaction's marker or a compacted message; it may also be that
        the client lost its place. So it is read once more from before the hole, and believed the second time."""
        if place in self.again:
            return False
        if offset != self.next[place] and offset != self.holes.get(place):
            self.holes[place] = offset
            self.again.add(place)
            return False
        return True

    def take(self, max_bytes: int) -> list[Message]:
        taken: list[Message] = []
        while self.kept and (not taken or len(self.kept[0].value) <= max_bytes):
            taken.append(self.kept.popleft())
            max_bytes -= len(taken[-1].value)
        return taken

    def trouble(self, message: Any, error: KafkaError) -> None:
        place = (message.topic(), message.partition())
        if error.code() == KafkaError._PARTITION_EOF:
            if place in self.reading and self.follows(place, message.offset()):
                self.next[place] = message.offset()
        elif error.code() in NOT_THERE:
            self.missing |= {place} & self.reading
        elif error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC):
            self.told.say(place[0], "topic %s doesn't exist; `manage.py create_topics` makes it", place[0])
        else:
            self.told.say(error.name(), "Kafka: %s", error.str())

    def look_for_missing(self) -> None:
        """An offset that is there after all is read again; the caller decides about the others."""
        lost = {}
        first, last = (self.ask(self.missing, spec) for spec in (EARLIEST, LATEST))
        for place in sorted(self.missing):
            low, high = first[place], last[place]
            if low <= self.received[place] <= high:
                self.move(Place(*place, self.received[place]))
            else:
                lost[place] = (low, high)
        self.missing.clear()
        if lost:
            raise OutOfRange(lost)

    # --- staying a member ---

    def wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self.closed.is_set():
            self.stay()
            if (left := deadline - time.monotonic()) <= 0:
                return
            time.sleep(min(left, 0.1))

    def stay(self) -> None:
        """Poll without reading. What may come all the same is dropped: the caller seeks before it goes on."""
        with self.lock:
            self.polled_at = time.monotonic()
            if not self.paused:
                self.client.pause([Place(*place) for place in self.assigned])
                self.reading.clear()
                self.kept.clear()
                self.generation += 1
                self.paused = True
            self.client.consume(1, 0.0)

    def keep(self) -> None:
        while not self.closed.wait(KEEP_SECONDS / 4):
            if time.monotonic() - self.polled_at > KEEP_SECONDS:
                self.stay()

    def close(self) -> None:
        self.closed.set()
        self.keeper.join(KEEP_SECONDS)
        with self.lock:
            self.client.close()


def words(headers: Any) -> dict[str, str]:
    """Headers of ours are text; those of others are of no use here."""
    return {name: value.decode("utf-8", "replace") for name, value in headers or () if isinstance(value, bytes)}
