"""The embedded queue: messages in a table, one partition per topic, appended in group commits.

A SQLite file of its own, or Postgres. Whatever waits when the writer is free goes into one transaction, so that many
senders share one wait for the disk. The reader deletes what is processed; in SQLite ``secure_delete`` overwrites the
pages, and the write-ahead log, which still holds them, is truncated when nothing is left.
"""

import json
import logging
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Any

import msgspec
from django.conf import settings
from django.db import DatabaseError, connections, transaction

from ingest.models import Offset, QueuePartition
from ingest.transport.interface import Message, TopicPartition, TransportFull

log = logging.getLogger(__name__)

MEMORY_MAX = 64 * 2**20  # bytes that may wait for the writer
MEASURE_SECONDS = 1.0  # between looks at the size of the queue and of the disk
LOOK_SECONDS = 0.03  # between looks for messages, while there are none
LOOK_ROWS = 2000  # of a topic in one poll
TRUNCATE_SECONDS = 20.0  # the longest the write-ahead log may hold deleted messages while messages keep coming
IDLE_SECONDS = 0.5  # without messages, after which it is truncated anyway
RETRY_SECONDS = 1.0  # where a reader was in the way of that
NEVER = float("inf")

NEXT = 'SELECT next_offset FROM queue_partition WHERE topic = %s AND "partition" = 0'
MOVE = 'UPDATE queue_partition SET next_offset = %s WHERE topic = %s AND "partition" = 0'
INSERT = (
    'INSERT INTO queue_message (topic, "partition", "offset", received_at, headers, size, value)'
    " VALUES (%s, 0, %s, %s, %s, %s, %s)"
)
PLACE = 'FROM queue_message WHERE topic = %s AND "partition" = 0'
LAST_ARRIVAL = f'SELECT received_at {PLACE} ORDER BY "offset" DESC LIMIT 1'
SIZES = f'SELECT "offset", size {PLACE} AND "offset" >= %s ORDER BY "offset" LIMIT {LOOK_ROWS}'
READ = f'SELECT "offset", received_at, headers, value {PLACE} AND "offset" BETWEEN %s AND %s ORDER BY "offset"'
DELETE = f'DELETE {PLACE} AND "offset" < %s'
TOTAL = "SELECT COALESCE(SUM(size), 0) FROM queue_message"


class Append(msgspec.Struct):
    """A message that waits for the writer, and who waits for it."""

    topic: str
    value: bytes
    headers: dict[str, str]
    future: "Future[int]"


class DatabaseProducer:
    """``append`` may be called from any thread; one writer thread commits."""

    def __init__(self) -> None:
        self.alias: str = settings.QUEUE_DATABASE
        self.commits = 0
        self.waiting: list[Append] = []
        self.waiting_bytes = 0
        self.queued_bytes = 0  # when last measured, and what was added since
        self.why_full = ""
        self.measured_at = -MEASURE_SECONDS
        self.closed = False
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self.run, name="queue-writer", daemon=True)
        self.thread.start()

    def append(self, topic: str, value: bytes, headers: dict[str, str]) -> "Future[int]":
        future: Future[int] = Future()
        with self.changed:
            if reason := self.why_not(len(value)):
                future.set_exception(TransportFull(reason))
                return future
            self.waiting.append(Append(topic, value, headers, future))
            self.waiting_bytes += len(value)
            self.changed.notify()
        return future

    def why_not(self, size: int) -> str:
        if self.closed:
            return "the queue is closing"
        if self.waiting and self.waiting_bytes + size > MEMORY_MAX:
            return "too much waits for the disk"
        fresh = time.monotonic() - self.measured_at < MEASURE_SECONDS
        return self.why_full if fresh else ""  # else the writer looks again

    def close(self) -> None:
        """Commit what waits, then end the thread."""
        with self.changed:
            self.closed = True
            self.changed.notify()
        self.thread.join(10)

    # --- the writer thread ---

    def run(self) -> None:
        try:
            while group := self.take():
                self.commit(group)
        finally:
            connections.close_all()

    def take(self) -> list[Append]:
        """All that waits now; empty when closed."""
        with self.changed:
            while True:
                while not self.waiting and not self.closed:
                    self.changed.wait()
                waiting, self.waiting, self.waiting_bytes = self.waiting, [], 0
                # a sender that has gone away is told nothing, so nothing is kept of it
                group = [append for append in waiting if append.future.set_running_or_notify_cancel()]
                if group or self.closed:
                    return group

    def commit(self, group: list[Append]) -> None:
        try:
            self.measure()
            if self.why_full:
                raise TransportFull(self.why_full)
            offsets = self.write(group)
        except Exception as error:
            if not isinstance(error, TransportFull):
                log.warning("%d messages were not queued: %s", len(group), error)
                connections[self.alias].close()
            for append in group:
                append.future.set_exception(error)
            return
        self.queued_bytes += sum(len(append.value) for append in group)
        for append, offset in zip(group, offsets, strict=True):
            append.future.set_result(offset)

    def write(self, group: list[Append]) -> list[int]:
        """One transaction; the offset of each message, in the group's order."""
        counts = Counter(append.topic for append in group)
        offsets: list[int] = []
        with transaction.atomic(using=self.alias), connections[self.alias].cursor() as cursor:
            # in one order everywhere, so that two producers can't lock each other out
            starts = {topic: self.reserve(cursor, topic, count) for topic, count in sorted(counts.items())}
            arrivals = {topic: max(time.time_ns(), self.last_arrival(cursor, topic)) for topic in counts}
            rows = []
            for append in group:
                offset = starts[append.topic]
                starts[append.topic] = offset + 1
                offsets.append(offset)
                headers = json.dumps(append.headers)
                rows.append((append.topic, offset, arrivals[append.topic], headers, len(append.value), append.value))
            cursor.executemany(INSERT, rows)
        self.commits += 1
        return offsets

    def reserve(self, cursor: Any, topic: str, count: int) -> int:
        """The first of ``count`` offsets; the row's lock makes their order the order of commits."""
        lock = " FOR UPDATE" if connections[self.alias].vendor == "postgresql" else ""  # SQLite has one writer anyway
        cursor.execute(NEXT + lock, [topic])
        if (row := cursor.fetchone()) is None:
            QueuePartition.objects.using(self.alias).bulk_create(
                [QueuePartition(topic=topic, partition=0)], ignore_conflicts=True
            )
            cursor.execute(NEXT + lock, [topic])
            row = cursor.fetchone()
        cursor.execute(MOVE, [row[0] + count, topic])
        return int(row[0])

    def last_arrival(self, cursor: Any, topic: str) -> int:
        """Arrival times must not fall when the clock is set back; what is deleted, the worker's watermark covers."""
        cursor.execute(LAST_ARRIVAL, [topic])
        if row := cursor.fetchone():
            return int(row[0])
        mark = Offset.objects.filter(topic=topic, partition=0).values_list("received_high", flat=True).first()
        return mark or 0

    def measure(self) -> None:
        limit = settings.INGEST_QUEUE_MAX_BYTES
        if time.monotonic() - self.measured_at < MEASURE_SECONDS and self.queued_bytes <= limit:
            return
        self.why_full = ""
        self.queued_bytes = queued_bytes(self.alias)
        if self.queued_bytes > limit:
            self.why_full = "the queue is full"
        elif connections[self.alias].vendor == "sqlite" and free_bytes() < settings.INGEST_MIN_FREE_BYTES:
            self.why_full = "the disk is almost full"
        if self.why_full:
            log.warning("%s; senders are told to wait", self.why_full)
        self.measured_at = time.monotonic()


def queued_bytes(alias: str) -> int:
    """How much the queue holds; in SQLite by its pages in use, which costs nothing to ask."""
    with connections[alias].cursor() as cursor:
        if connections[alias].vendor != "sqlite":
            cursor.execute(TOTAL)
            return int(cursor.fetchone()[0])
        page_count, free, size = (pragma(cursor, name) for name in ("page_count", "freelist_count", "page_size"))
        return (page_count - free) * size


def pragma(cursor: Any, name: str) -> int:
    cursor.execute(f"PRAGMA {name}")
    return int(cursor.fetchone()[0])


def free_bytes() -> int:
    return shutil.disk_usage(settings.DATA_DIR).free


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
