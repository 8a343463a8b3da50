"""The door's side of the embedded queue: messages are appended in group commits.

Whatever waits when the writer is free goes into one transaction, so that many senders share one wait for the disk.
"""

import json
import logging
import shutil
import threading
import time
from collections import Counter
from concurrent.futures import Future
from typing import Any

import msgspec
from django.conf import settings
from django.db import connections, transaction

from ingest.models import Offset, QueuePartition
from ingest.transport.interface import TransportFull

log = logging.getLogger(__name__)

MEMORY_MAX = 64 * 2**20  # bytes that may wait for the writer
MEASURE_SECONDS = 1.0  # between looks at the size of the queue and of the disk

NEXT = 'SELECT next_offset FROM queue_partition WHERE topic = %s AND "partition" = 0'
MOVE = 'UPDATE queue_partition SET next_offset = %s WHERE topic = %s AND "partition" = 0'
INSERT = (
    'INSERT INTO queue_message (topic, "partition", "offset", received_at, headers, size, value)'
    " VALUES (%s, 0, %s, %s, %s, %s, %s)"
)
LAST_ARRIVAL = (
    'SELECT received_at FROM queue_message WHERE topic = %s AND "partition" = 0 ORDER BY "offset" DESC LIMIT 1'
)
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
