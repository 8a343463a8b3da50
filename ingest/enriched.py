"""The enriched topic, read in batches by a consumer group of its own; committed when the reader says so.

Kafka keeps the position here, not the database: doing a batch again changes nothing for this reader.
"""

import logging
from collections.abc import Iterable
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from ingest import metrics
from telemetry.trouble import Trouble

log = logging.getLogger(__name__)

GROUP = "stacklens-indexer"
STEP, BATCH_MESSAGES, BATCH_BYTES = 50, 2000, 4 * 2**20  # what is read at once is bounded by STEP of the largest
AHEAD_KBYTES = 16 * 1024  # what librdkafka fetches ahead
POLL_SECONDS = 0.2
ASK_SECONDS = 5.0  # the longest to wait for an answer about offsets
NO_TOPIC = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC}

Place = tuple[str, int]


class EnrichedTopic:
    def __init__(self, client: dict[str, Any], topic: str, trouble: Trouble) -> None:
        self.topic = topic
        self.trouble = trouble
        self.joined = False  # the group has told us what is ours, be it nothing
        self.next: dict[Place, int] = {}  # the next offset to be done
        self.read: dict[Place, int] = {}  # the next offset to come
        self.stash: list[Message] = []
        settings = {
            "group.id": GROUP,
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            "partition.assignment.strategy": "cooperative-sticky",
            "queued.max.messages.kbytes": AHEAD_KBYTES,
            "topic.metadata.refresh.interval.ms": 30_000,  # a topic that is made later, or grows
            "on_commit": self.committed,
            "error_cb": self.say,
            "log_level": 0,  # else each try to connect is a line
        }
        self.consumer = Consumer(client | settings)
        self.consumer.subscribe([topic], on_assign=self.assigned, on_revoke=self.revoked, on_lost=self.revoked)

    def take(self) -> list[Message]:
        """A batch of messages; empty when there are none."""
        found, self.stash = self.stash, []
        size, wait = sum(map(length, found)), 0.0 if found else POLL_SECONDS
        while size < BATCH_BYTES and len(found) < BATCH_MESSAGES:
            more = [message for message in self.consumer.consume(STEP, wait) if self.usable(message)]
            if not more:
                break
            found += more
            size, wait = size + sum(map(length, more)), 0.0
        return found

    def hold(self, seconds: float) -> None:
        """Wait, and stay in the group: paused partitions are polled but give nothing."""
        self.consumer.pause(self.consumer.assignment())
        message = self.consumer.poll(seconds)
        if message is not None and self.usable(message):  # was on its way
            self.stash.append(message)

    def go_on(self) -> None:
        self.consumer.resume(self.consumer.assignment())

    def done(self, messages: Iterable[Message]) -> None:
        """Commit, of the partitions that are still ours."""
        ours = {(part.topic, part.partition) for part in self.consumer.assignment()}
        ends = {place_of(message): (message.offset() or 0) + 1 for message in messages}
        ends = {place: end for place, end in ends.items() if place in ours}
        self.next |= ends
        if ends:
            self.consumer.commit(offsets=[TopicPartition(*place, end) for place, end in ends.items()])

    def lag(self) -> int | None:
        """How many messages wait in our partitions, none where others have them all; None while Kafka doesn't say."""
        total = 0
        try:
            assignment = self.consumer.assignment()
            if not assignment and not (self.joined and self.exists()):
                return None
            for part in assignment:
                low, high = self.consumer.get_watermark_offsets(part, timeout=ASK_SECONDS)
                total += high - min(max(self.next.get((part.topic, part.partition), low), low), high)
        except KafkaException as error:
            self.say(error.args[0])
            return None
        self.trouble.over("kafka", "Kafka answers again")
        return total

    def exists(self) -> bool:
        if self.topic in self.consumer.list_topics(timeout=ASK_SECONDS).topics:
            return True
        self.no_topic()
        return False

    def close(self) -> None:
        """Leave the group, so that others take over at once."""
        ours = [TopicPartition(*place, offset) for place, offset in self.next.items()]
        try:
            if ours:
                self.consumer.commit(offsets=ours, asynchronous=False)
        except KafkaException as error:
            log.warning("the last offsets were not committed, so their documents will come again: %s", error)
        self.consumer.close()

    # --- what Kafka tells ---------------------------------------------------------------------------------------------

    def usable(self, message: Message) -> bool:
        """Whether it is a message and no error; says so when messages before it are gone."""
        if error := message.error():
            self.say(error)
            return False
        place, offset = place_of(message), message.offset() or 0
        if (missing := offset - self.read.get(place, offset)) > 0:
            metrics.INDEX_GAPS.inc(missing)
            log.error(
                "%s-%d: %d messages went from the topic before they were indexed; their records are kept but not found",
                *place,
                missing,
            )
        self.read[place] = offset + 1
        return True

    def no_topic(self) -> None:
        self.trouble.say("topic", "topic %s doesn't exist; `manage.py create_topics` makes it", self.topic)

    def say(self, error: KafkaError) -> None:
        if error.code() in NO_TOPIC:
            self.no_topic()
        else:
            self.trouble.say("kafka", "Kafka: %s", error)

    def assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self.joined = True
        if partitions:
            self.trouble.over("topic", f"topic {self.topic} is there now")
        try:
            known = consumer.committed(partitions, timeout=10)
        except KafkaException as error:
            self.say(error.args[0])
        else:
            ends = {(part.topic, part.partition): part.offset for part in known if part.offset >= 0}
            self.next |= ends
            self.read |= ends
        consumer.incremental_assign(partitions)

    def revoked(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        for gone in partitions:
            self.next.pop((gone.topic, gone.partition), None)
            self.read.pop((gone.topic, gone.partition), None)

    def committed(self, error: KafkaError | None, partitions: list[TopicPartition]) -> None:
        if error is not None:
            self.trouble.say("commit", "an offset was not committed; a later one covers it: %s", error)
        else:
            self.trouble.over("commit", "offsets are committed again")


def place_of(message: Message) -> Place:
    return message.topic() or "", message.partition() or 0


def length(message: Message) -> int:
    return len(message.value() or b"")
