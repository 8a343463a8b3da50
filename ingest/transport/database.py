"""The embedded queue: messages in a table, one partition per topic, appended in group commits.

A SQLite file of its own, or Postgres. The reader deletes what is processed; in SQLite ``secure_delete`` overwrites the
pages, and the write-ahead log, which still holds them, is truncated when nothing is left.
"""

import json
import logging
import time
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections, transaction

from ingest.models import QueuePartition
from ingest.transport.database_producer import DatabaseProducer
from ingest.transport.interface import Message, TopicPartition

__all__ = ["DatabaseConsumer", "DatabaseProducer"]

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.03  # between looks for messages, while there are none
LOOK_ROWS = 2000  # of a topic in one poll
TRUNCATE_SECONDS = 20.0  # the longest the write-ahead log may hold deleted messages while messages keep coming
IDLE_SECONDS = 0.5  # without messages, after which it is truncated anyway
RETRY_SECONDS = 1.0  # where a reader was in the way of that
NEVER = float("inf")

PLACE = 'FROM queue_message WHERE topic = %s AND "partition" = 0'
SIZES = f'SELECT "offset", size {PLACE} AND "offset" >= %s ORDER BY "offset" LIMIT {LOOK_ROWS}'
READ = f'SELECT "offset", received_at, headers, value {PLACE} AND "offset" BETWEEN %s AND %s ORDER BY "offset"'
DELETE = f'DELETE {PLACE} AND "offset" < %s'


class DatabaseConsumer:
    """Reads each topic's one partition; used by one thread, which closes it."""

    generation = 0

    def __init__(self, topics: Sequence[str]) -> None:
        self.alias: str = settings.QUEUE_DATABASE
        self.topics = list(topics)
        self.next: dict[str, int] = dict.fromkeys(topics, 0)  # to read
        self.below: dict[str, int] = dict.fromkeys(topics, 0)  # are done
        self.erased = False  # something, since we were idle
        self.truncate_at = NEVER  # the write-ahead log, at the latest
        self.last_message_at = 0.0

    def assignment(self) -> list[TopicPartition]:
        return [(topic, 0) for topic in self.topics]

    partitions = assignment

    def beginning(self, place: TopicPartition) -> int:
        return 0

    def sources(self) -> dict[str, str]:
        return dict.fromkeys(self.topics, "queue")

    def seek(self, positions: dict[TopicPartition, int]) -> None:
        self.next = {topic: position for (topic, _), position in positions.items()}

    def poll(self, max_bytes: int, timeout: float) -> list[Message]:
        deadline = time.monotonic() + timeout
        while True:
            messages = self.read(max_bytes)
            now = time.monotonic()
            if messages:
                self.last_message_at = now
            elif now - self.last_message_at >= IDLE_SECONDS and self.erased:
                self.truncate_at, self.erased = now, False
            if now >= self.truncate_at:
                self.truncate()
            if messages or now >= deadline:
                return messages
            time.sleep(min(LOOK_SECONDS, deadline - now))

    def wait(self, seconds: float) -> None:
        connections[self.alias].close()  # it may be what failed
        time.sleep(seconds)

    def read(self, max_bytes: int) -> list[Message]:
        """From each topic its share; what one doesn't use, the next may have."""
        messages: list[Message] = []
        left = max_bytes
        with connections[self.alias].cursor() as cursor:
            for index, topic in enumerate(self.topics):
                if topic not in self.next:
                    continue
                sizes = self.sizes(cursor, topic)
                if not sizes or (messages and left <= 0):
                    continue
                share = left // (len(self.topics) - index)
                last, taken = within(sizes, share)
                cursor.execute(READ, [topic, self.next[topic], last])
                messages.extend(message(topic, row) for row in cursor.fetchall())
                self.next[topic] = last + 1
                left -= taken
        self.topics.append(self.topics.pop(0))  # another one is first next time
        return messages

    def sizes(self, cursor: Any, topic: str) -> list[tuple[int, int]]:
        cursor.execute(SIZES, [topic, self.next[topic]])
        rows: list[tuple[int, int]] = cursor.fetchall()
        return rows

    def done(self, positions: dict[TopicPartition, int]) -> None:
        """Delete what is below; if the database is busy, the next call does it."""
        self.below.update({topic: position for (topic, _), position in positions.items()})
        try:
            with transaction.atomic(using=self.alias), connections[self.alias].cursor() as cursor:
                for topic, position in sorted(self.below.items()):
                    cursor.execute(DELETE, [topic, position])
                    if cursor.rowcount > 0:
                        self.erased = True
                        self.truncate_at = min(self.truncate_at, time.monotonic() + TRUNCATE_SECONDS)
        except DatabaseError as error:
            log.warning("processed messages stay for now: %s", error)

    def truncate(self) -> None:
        """Empty SQLite's write-ahead log, which still holds what was deleted."""
        self.truncate_at = NEVER
        if connections[self.alias].vendor != "sqlite":
            return
        try:
            with connections[self.alias].cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                busy = bool(cursor.fetchone()[0])
        except DatabaseError as error:
            log.warning("the write-ahead log stays for now: %s", error)
            busy = True
        if busy:
            self.truncate_at = time.monotonic() + RETRY_SECONDS

    def lag(self) -> dict[TopicPartition, int]:
        rows = QueuePartition.objects.using(self.alias).filter(topic__in=self.topics)
        ends = {row.topic: row.next_offset for row in rows}
        return {(topic, 0): max(0, ends.get(topic, 0) - self.below[topic]) for topic in sorted(self.topics)}

    waiting = lag

    def settled(self) -> bool:
        return True

    def close(self) -> None:
        if self.truncate_at < NEVER:
            self.truncate()
        connections[self.alias].close()


def within(sizes: Iterable[tuple[int, int]], budget: int) -> tuple[int, int]:
    """The last offset that fits, and the bytes up to it; always at least one message."""
    last, taken = -1, 0
    for offset, size in sizes:
        if last >= 0 and taken + size > budget:
            break
        last, taken = offset, taken + size
    return last, taken


def message(topic: str, row: tuple[int, int, str, Any]) -> Message:
    offset, received_at, headers, value = row
    return Message(topic, 0, offset, bytes(value), received_at, json.loads(headers))
