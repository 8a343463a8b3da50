"""The worker's loop: poll, process a batch, one transaction, tell the transport, repeat; stop cleanly.

The database is the only commit point. What a batch made and how far it went are one transaction; the position is a
compare-and-set, so of two workers on one partition only one can win. A batch that fails is rolled back and done again
from the committed position; nothing is remembered in between but what can be read again.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import DatabaseError, OperationalError, transaction
from django.utils import timezone

from alerts import lifecycle, windows
from alerts.analyse import Observed
from ingest import metrics, stats
from ingest.batch import Processed, isolate, process
from ingest.deadletters import bury
from ingest.models import Offset
from ingest.ruleset import Ruleset
from ingest.transport.interface import Consumer, Message, TopicPartition
from search import store

log = logging.getLogger(__name__)

SECOND = 1_000_000_000
TICK = 1.0  # seconds between looks at windows that end without a record
IDLE = 3.0  # seconds without messages after which the wall clock counts as a watermark
# A record may be stamped as arrived, yet not be visible, for about this long: the clock stays behind it.
ARRIVAL_SLACK = 2 * SECOND


class OffsetMoved(Exception):
    """Another worker has processed this partition further; what we made of the batch is not to be kept."""


class Position(msgspec.Struct):
    """A partition's row in ingest_offset."""

    next: int = 0
    event_high: int = 0
    received_high: int = 0


class Worker:
    """``fault`` is called with the name of each point a crash could hit; tests end the process there."""

    def __init__(self, consumer: Consumer, topic_signals: dict[str, str], max_bytes: int) -> None:
        self.consumer = consumer
        self.signals = topic_signals
        self.max_bytes = max_bytes
        self.ruleset = Ruleset()
        self.positions: dict[TopicPartition, Position] = {}
        self.stopping = threading.Event()
        self.progress_at = self.last_message_at = time.monotonic()
        self.lag_total = 0
        self.fault: Callable[[str], None] = lambda point: None

    def stop(self) -> None:
        self.stopping.set()

    def run(self, until_idle: bool = False) -> None:
        """Until ``stop``; with ``until_idle``, until nothing is left."""
        self.resume()
        failures = 0
        while not self.stopping.is_set():
            try:
                messages = self.consumer.poll(self.max_bytes, timeout=0.0 if until_idle else 0.2)
                if messages:
                    self.work(messages)
                elif until_idle and not any(self.consumer.lag().values()):
                    return
                else:
                    self.tick()
                failures = 0
            except OffsetMoved as moved:
                metrics.BATCH_FAILURES.labels("offset_moved").inc()
                log.warning("%s; reading the positions again", moved)
                self.resume()
            except DatabaseError as error:
                failures += 1
                metrics.BATCH_FAILURES.labels(type(error).__name__).inc()
                log.warning("batch rolled back, will be done again: %s", error)
                self.stopping.wait(min(0.05 * 2**failures, 5.0))
                self.resume()

    def resume(self) -> None:
        """Take the positions from the database, and read on from there."""
        rows = {(row.topic, row.partition): row for row in Offset.objects.all()}
        self.positions = {}
        for place in self.consumer.assignment():
            if (row := rows.get(place)) is None:
                row, _ = Offset.objects.get_or_create(topic=place[0], partition=place[1])
            self.positions[place] = Position(row.next, row.event_high, row.received_high)
        self.consumer.seek({place: position.next for place, position in self.positions.items()})
        self.consumer.done({place: position.next for place, position in self.positions.items()})

    def work(self, messages: Sequence[Message]) -> None:
        """One batch. If our own code fails on it, its messages go one by one, and the bad one becomes a dead letter."""
        try:
            self.batch(messages)
        except (OperationalError, OffsetMoved):
            raise
        except Exception:
            log.exception("a batch of %d messages failed; going through it one by one", len(messages))
            self.resume()
            for message in messages:
                # what failed may have been after the commit
                if message.offset >= self.positions[message.topic, message.partition].next:
                    self.careful(message)

    def careful(self, message: Message) -> None:
        try:
            self.batch([message])
        except (OperationalError, OffsetMoved):
            raise
        except Exception as error:
            log.exception("message %s-%d-%d becomes a dead letter", message.topic, message.partition, message.offset)
            self.resume()
            self.commit(isolate(message, error, self.positions), time.perf_counter())

    def batch(self, messages: Sequence[Message]) -> None:
        began = time.perf_counter()
        self.ruleset.refresh()
        processed = process(messages, self.signals, self.positions, self.ruleset)
        self.commit(processed, began)

    def commit(self, processed: Processed, began: float) -> None:
        """The one transaction, then the news of it."""
        now = timezone.now()
        stages = processed.stage_seconds
        transitions: list[Any] = []
        self.fault("before")
        with transaction.atomic():
            self.move(processed.moves)
            with stats.timed(stages, "store"):
                store.save(processed.logs, processed.spans, processed.points)
                bury(processed.rejected, now)
            with stats.timed(stages, "lifecycle"):
                transitions = self.judge(processed.observed, self.watermarks(processed.moves), now)
            stats.add(now, processed, transitions, self.lag_total)
            lifecycle.publish(transitions)
            self.fault("inside")
            committing = time.perf_counter()
        stages["commit"] = time.perf_counter() - committing
        self.fault("after")
        self.positions |= processed.moves
        self.progress_at = self.last_message_at = time.monotonic()
        self.consumer.done({place: position.next for place, position in processed.moves.items()})
        self.watch_lag(processed)
        stats.observe(processed, transitions, time.perf_counter() - began)

    def move(self, moves: dict[TopicPartition, Position]) -> None:
        """Compare and set each partition's position; first, so that a lost race costs nothing."""
        for (topic, partition), new in sorted(moves.items()):
            old = self.positions[topic, partition]
            moved = Offset.objects.filter(topic=topic, partition=partition, next=old.next).update(
                next=new.next, event_high=new.event_high, received_high=new.received_high
            )
            if not moved:
                raise OffsetMoved(f"{topic}-{partition} is no longer at {old.next}")

    def judge(self, observed: dict[str, Observed], marks: dict[str, int], now: datetime) -> list[Any]:
        return lifecycle.apply(windows.judge(self.ruleset.analyser, observed, marks), now)

    def watermarks(self, moves: dict[TopicPartition, Position]) -> dict[str, int]:
        """Per signal and clock, the slowest partition's high; a partition without lag holds nobody back."""
        marks: dict[str, int] = {}
        for topic, signal in self.signals.items():
            partitions = [moves.get(place, position) for place, position in self.positions.items() if place[0] == topic]
            if highs := [position for position in partitions if position.received_high]:
                marks[f"{signal}.event"] = min(position.event_high for position in highs)
                marks[f"{signal}.received"] = min(position.received_high for position in highs)
        return marks

    def tick(self) -> None:
        """Nothing came. Windows may end all the same: where all is idle, by the wall clock."""
        self.ruleset.refresh()
        monotonic = time.monotonic()
        if monotonic - self.progress_at < TICK:
            return
        if not any(self.consumer.lag().values()):
            self.progress_at, self.lag_total = monotonic, 0
        if monotonic - self.last_message_at < IDLE or self.lag_total:
            return
        clock = time.time_ns() - ARRIVAL_SLACK
        marks = {f"{signal}.{axis}": clock for signal in self.signals.values() for axis in ("event", "received")}
        if not windows.due(marks).exists():
            stats.beat(timezone.now())
            return
        now = timezone.now()
        with transaction.atomic():
            transitions = self.judge({}, marks, now)
            stats.add(now, None, transitions, 0)
            lifecycle.publish(transitions)
        stats.observe(None, transitions, 0.0)

    def watch_lag(self, processed: Processed) -> None:
        lag = self.consumer.lag()
        self.lag_total = sum(lag.values())
        for (topic, partition), waiting in lag.items():
            metrics.LAG.labels(topic, str(partition)).set(waiting)
        oldest = min((position.received_high for position in processed.moves.values()), default=0)
        metrics.OLDEST_SECONDS.set((time.time_ns() - oldest) / SECOND if self.lag_total and oldest else 0)

    def healthy(self, stall_seconds: int) -> bool:
        """Alive means: positions move, or nothing waits."""
        return time.monotonic() - self.progress_at < stall_seconds
