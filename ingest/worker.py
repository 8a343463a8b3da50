"""The worker's loop: poll, process a batch, one transaction, tell the transport, repeat; stop cleanly.

The database is the only commit point. What a batch made and how far it went are one transaction; the position is a
compare-and-set, so of two workers on one partition only one can win. A batch that fails is rolled back and done again
from the committed position; nothing is remembered in between but what can be read again.

Workers share the partitions of the transport and the rows of the database. Each moves only its own positions; what
time it is (the watermark) is told by the positions of all, so that alerts don't depend on who reads what.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import Error as DatabaseError
from django.db import InterfaceError, InternalError, OperationalError, ProgrammingError, connection, transaction
from django.utils import timezone

from alerts import lifecycle, windows
from alerts.analyse import Observed
from alerts.mutes.turns import Watch
from ingest import metrics, stats
from ingest.batch import Processed, isolate, process
from ingest.deadletters import SettledMeanwhile, bury, letters, settle, still_dead
from ingest.models import DataGap, Offset
from ingest.outlet import NoOutlet, Outlet, Unsent
from ingest.ruleset import Ruleset
from ingest.transport.interface import Consumer, Message, OutOfRange, TopicPartition, TransportDown
from search import store

log = logging.getLogger(__name__)

SECOND = 1_000_000_000
TICK = 1.0  # seconds between looks at windows that end without a record
IDLE = 3.0  # seconds without a message after which a partition's silence counts
# A record may be stamped as arrived, yet not be visible, for about this long: the clock stays behind it.
ARRIVAL_SLACK = 2 * SECOND
PATIENCE = 3.0  # the longest wait before a failed batch is tried again, in seconds
# What has nothing to do with the batch's content: it is done again until it succeeds.
PASSING = (OperationalError, InterfaceError, InternalError, ProgrammingError, Unsent, TransportDown)
# the signal by whose clock rules go, where it isn't the topic's
RULE_SIGNALS = {"traces": "spans"}


class OffsetMoved(Exception):
    """Another worker has processed this partition further; what we made of the batch is not to be kept."""


LOST_RACE = (OffsetMoved, SettledMeanwhile)


class Position(msgspec.Struct):
    """A partition's row in ingest_offset."""

    next: int = 0
    event_high: int = 0
    received_high: int = 0


class Worker:
    """``fault`` is called with the name of each point a crash could hit; tests end the process there."""

    def __init__(
        self, consumer: Consumer, topic_signals: dict[str, str], max_bytes: int, outlet: Outlet | None = None
    ) -> None:
        self.consumer = consumer
        self.signals = topic_signals
        self.max_bytes = max_bytes
        self.outlet = outlet or NoOutlet()
        self.ruleset = Ruleset()
        self.mutes = Watch()
        self.positions: dict[TopicPartition, Position] = {}
        self.generation: int | None = None  # of the assignment that the positions are of; None to read them again
        self.heard: dict[TopicPartition, float] = {}  # when a partition's last message was processed
        self.stopping = threading.Event()
        self.progress_at = self.tick_at = time.monotonic()
        self.lag_total = 0
        self.fault: Callable[[str], None] = lambda point: None

    def stop(self) -> None:
        self.stopping.set()

    def run(self, until_idle: bool = False) -> None:
        """Until ``stop``; with ``until_idle``, until nothing is left."""
        failures = 0
        while not self.stopping.is_set():
            try:
                if self.generation != self.consumer.generation:
                    self.resume()
                messages = self.consumer.poll(self.max_bytes, timeout=0.05 if until_idle else 0.2)
                if self.generation != self.consumer.generation:
                    continue  # what was polled may be another's now
                if messages:
                    self.work(messages)
                elif until_idle and self.finished():
                    return
                self.tick()
                failures = 0
            except LOST_RACE as moved:
                metrics.BATCH_FAILURES.labels("offset_moved").inc()
                log.warning("%s; reading the positions again", moved)
                self.generation = None
            except OutOfRange as lost:
                self.skip(lost)
            except (DatabaseError, Unsent, TransportDown) as error:
                failures += 1
                metrics.BATCH_FAILURES.labels(type(error).__name__).inc()
                log.warning("batch rolled back, will be done again: %s", error)
                self.generation = None
                connection.close()  # a server that was restarted doesn't know it any more
                self.consumer.wait(min(0.05 * 2 ** min(failures, 10), PATIENCE))

    def finished(self) -> bool:
        if not self.consumer.settled():
            return False
        waiting = self.consumer.waiting()
        return all(waiting.get(place) == 0 for place in self.consumer.assignment())

    def resume(self) -> None:
        """Take the positions from the database, and read on from there."""
        generation = self.consumer.generation
        rows = {(row.topic, row.partition): row for row in Offset.objects.all()}
        assigned = self.consumer.assignment()
        # Of all partitions, whoever reads them: one that isn't in the table would hold no watermark back.
        for place in {*self.consumer.partitions(), *assigned} - set(rows):
            first = {"next": self.consumer.beginning(place)}
            rows[place], _ = Offset.objects.get_or_create(topic=place[0], partition=place[1], defaults=first)
        now = time.monotonic()
        self.positions = {}
        for place in assigned:
            row = rows[place]
            self.positions[place] = Position(row.next, row.event_high, row.received_high)
        self.heard = {place: self.heard.get(place, now) for place in assigned}
        self.consumer.seek({place: position.next for place, position in self.positions.items()})
        self.consumer.done({place: position.next for place, position in self.positions.items()})
        self.generation = generation

    def work(self, messages: Sequence[Message]) -> None:
        """One batch. If our own code fails on it, its messages go one by one, and the bad one becomes a dead letter."""
        try:
            self.batch(messages)
        except (*PASSING, *LOST_RACE):
            raise
        except Exception:
            log.exception("a batch of %d messages failed; going through it one by one", len(messages))
            self.resume()
            for message in messages:
                place = (message.topic, message.partition)
                # what failed may have been after the commit
                if place in self.positions and message.offset >= self.positions[place].next:
                    self.careful(message)
            self.generation = None  # the transport reads on behind what was done again here

    def careful(self, message: Message) -> None:
        try:
            self.batch([message])
        except (*PASSING, *LOST_RACE):
            raise
        except Exception as error:
            log.exception("message %s-%d-%d becomes a dead letter", message.topic, message.partition, message.offset)
            self.resume()
            self.commit(isolate(message, error, self.positions), time.perf_counter())

    def batch(self, messages: Sequence[Message]) -> None:
        began = time.perf_counter()
        self.ruleset.refresh()
        processed = process(messages, self.signals, self.positions, self.ruleset, still_dead(messages))
        self.commit(processed, began)

    def commit(self, processed: Processed, began: float) -> None:
        """Tell the outlet, then the one transaction, then the news of it."""
        now = timezone.now()
        stages = processed.stage_seconds
        transitions: list[Any] = []
        self.fault("before")
        with stats.timed(stages, "outlet"):
            buried = letters(processed.rejected)
            self.outlet.send(processed, buried)
        self.fault("produced")
        with transaction.atomic():
            self.move(processed.moves)
            settle(processed.tried, now)
            with stats.timed(stages, "store"):
                store.save(processed.logs, processed.spans, processed.points)
                bury(buried)
            with stats.timed(stages, "lifecycle"):
                transitions = self.judge(processed.observed, self.watermarks(self.clocks()), now)
            stats.add(now, processed, transitions, self.lag_total)
            lifecycle.publish(transitions)
            self.fault("inside")
            committing = time.perf_counter()
        stages["commit"] = time.perf_counter() - committing
        self.fault("after")
        self.positions |= processed.moves
        self.progress_at = time.monotonic()
        self.heard |= dict.fromkeys(processed.moves, self.progress_at)
        self.consumer.done({place: position.next for place, position in processed.moves.items()})
        self.watch_lag(processed)
        stats.observe(processed, transitions, time.perf_counter() - began)

    def move(self, moves: Mapping[TopicPartition, Position]) -> None:
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

    def clocks(self) -> dict[TopicPartition, Position]:
        """The positions of all partitions, whoever reads them. To be read before any window is: what a position stands
        for was committed with it, so it is in the windows."""
        rows = Offset.objects.filter(topic__in=list(self.signals))
        return {(row.topic, row.partition): Position(row.next, row.event_high, row.received_high) for row in rows}

    def watermarks(self, clocks: Mapping[TopicPartition, Position]) -> dict[str, int]:
        """Per signal and axis, the slowest partition's clock."""
        marks: dict[str, int] = {}
        for (topic, _), position in clocks.items():
            signal = RULE_SIGNALS.get(self.signals[topic], self.signals[topic])
            for name, high in (("event", position.event_high), ("received", position.received_high)):
                marks[f"{signal}.{name}"] = min(marks.get(f"{signal}.{name}", high), high)
        return marks

    def tick(self) -> None:
        """Windows may end although nothing comes: a silent partition's clock goes on with the wall clock."""
        monotonic = time.monotonic()
        if monotonic < self.tick_at:
            return
        self.tick_at = monotonic + TICK
        self.ruleset.refresh()
        self.mutes.look(timezone.now())
        clock = time.time_ns() - ARRIVAL_SLACK
        waiting = self.consumer.waiting()
        if not any(waiting.values()):
            self.progress_at, self.lag_total = monotonic, 0
        silent = {
            place: on_at(position, clock)
            for place, position in self.positions.items()
            if waiting.get(place) == 0 and monotonic - self.heard[place] >= IDLE
        }
        now = timezone.now()
        if not silent or not windows.pending(self.ruleset.analyser, self.watermarks(self.clocks() | silent)):
            silent = {}
        if not silent and not any(rows.exists() for rows in (lifecycle.sleepers(now), lifecycle.lapsed(now))):
            stats.beat(now, self.lag_total)
            return
        with transaction.atomic():
            self.move(silent)
            transitions = self.judge({}, self.watermarks(self.clocks()), now) if silent else []
            transitions += lifecycle.wake_due(now) + lifecycle.resolve_lapsed(now)
            stats.add(now, None, transitions, self.lag_total)
            lifecycle.publish(transitions)
        self.positions |= silent
        stats.observe(None, transitions, 0.0)

    def skip(self, lost: OutOfRange) -> None:
        """Messages are gone that we have not read: go on with what is there, and say so."""
        now = timezone.now()
        moves, gaps, transitions = {}, [], []
        for (topic, partition), (low, high) in sorted(lost.places.items()):
            old = self.positions[topic, partition]
            if not low <= old.next <= high:
                moves[topic, partition] = msgspec.structs.replace(old, next=low)
                gaps.append(DataGap(topic=topic, partition=partition, first=old.next, upto=low, at=now))
        with transaction.atomic():
            self.move(moves)
            DataGap.objects.bulk_create(gaps)
            for gap in gaps:
                log.error("data gap: %s", gap)
                transitions.append(lifecycle.report_gap(gap.topic, gap.partition, gap.first, gap.upto, now))
            lifecycle.publish(transitions)
        metrics.DATA_GAPS.inc(len(gaps))
        self.generation = None

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


def on_at(position: Position, clock: int) -> Position:
    """The same place at a later time."""
    return Position(position.next, max(position.event_high, clock), max(position.received_high, clock))
