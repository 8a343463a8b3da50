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
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import Error as DatabaseError
from django.db import InterfaceError, InternalError, OperationalError, ProgrammingError, connection, transaction
from django.utils import timezone

from alerts import lifecycle, windows
from alerts.analyse import Observed
from alerts.mutes.turns import Watch
from ingest import gaps, metrics, positions, stats, stopped
from ingest.batch import Processed, isolate, process
from ingest.clock import Clock
from ingest.deadletters import SettledMeanwhile, bury, letters, settle, still_dead
from ingest.models import Offset
from ingest.outlet import NoOutlet, Outlet, Unsent
from ingest.positions import OffsetMoved, Position
from ingest.ruleset import Ruleset
from ingest.spoilage import DEFAULT, Limit
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

LOST_RACE = (OffsetMoved, SettledMeanwhile)


class Worker:
    """``fault`` is called with the name of each point a crash could hit; tests end the process there."""

    def __init__(
        self,
        consumer: Consumer,
        topic_signals: dict[str, str],
        max_bytes: int,
        outlet: Outlet | None = None,
        limit: Limit = DEFAULT,
    ) -> None:
        self.consumer = consumer
        self.signals = topic_signals
        self.max_bytes = max_bytes
        self.outlet = outlet or NoOutlet()
        self.limit = limit
        self.ruleset = Ruleset()
        self.mutes = Watch()
        self.positions: dict[TopicPartition, Position] = {}
        self.generation: int | None = None  # of the assignment that the positions are of; None to read them again
        self.heard: dict[TopicPartition, float] = {}  # when a partition's last message was processed
        self.stopping = threading.Event()
        self.clock = Clock()
        self.sources: dict[str, str] = {}  # of the topics, when the positions were read
        self.progress_at = self.tick_at = time.monotonic()
        self.lag_total = 0
        self.stored_logs: Callable[[], None] = lambda: None  # called when some are committed
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
        return all(waiting.get(place) == 0 for place in self.consumer.assignment() if not self.stopped_at(place))

    def stopped_at(self, place: TopicPartition) -> bool:
        return place in self.positions and bool(self.positions[place].stopped)

    def resume(self) -> None:
        """Take the positions from the database, and read on from there; not where too much was bad."""
        generation = self.consumer.generation
        self.sources = self.consumer.sources()
        rows = {(row.topic, row.partition): row for row in Offset.objects.all()}
        assigned = self.consumer.assignment()
        # Of all partitions, whoever reads them: one that isn't in the table would hold no watermark back.
        for place in {*self.consumer.partitions(), *assigned} - set(rows):
            first = {"next": self.consumer.beginning(place), "source": self.sources.get(place[0], "")}
            rows[place], _ = Offset.objects.get_or_create(topic=place[0], partition=place[1], defaults=first)
        now = time.monotonic()
        self.positions = {}
        for place in assigned:
            self.positions[place] = positions.position(self.same(rows[place]))
        self.heard = {place: self.heard.get(place, now) for place in assigned}
        for (topic, partition), position in self.positions.items():
            if position.stopped:
                log.warning("%s-%d is not read: %s (see resume_partition)", topic, partition, position.stopped)
        stopped.show(self.positions)
        self.consumer.seek({place: position.next for place, position in self.positions.items() if not position.stopped})
        self.consumer.done({place: position.next for place, position in self.positions.items()})
        self.generation = generation

    def same(self, row: Offset) -> Offset:
        """The row; moved to the beginning where its topic is another one by now."""
        source = self.sources.get(row.topic, "")
        if not source or source == row.source:
            return row
        if row.source:
            return gaps.begin_anew(row, source, self.consumer.beginning((row.topic, row.partition)), timezone.now())
        Offset.objects.filter(pk=row.pk, source="").update(source=source)  # it was not noted formerly
        return row

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
                behind = place in self.positions and message.offset < self.positions[place].next
                if place in self.positions and not behind and not self.stopped_at(place):
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
            self.commit(isolate(message, error, self.positions, self.limit), time.perf_counter())

    def batch(self, messages: Sequence[Message]) -> None:
        began = time.perf_counter()
        self.ruleset.refresh()
        processed = process(messages, self.signals, self.positions, self.ruleset, still_dead(messages), self.limit)
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
            positions.move(self.positions, processed.moves)
            settle(processed.tried, now)
            with stats.timed(stages, "store"):
                store.save(processed.logs, processed.spans, processed.points)
                bury(buried)
            with stats.timed(stages, "lifecycle"):
                transitions = self.judge(processed.observed, self.watermarks({}), now)
            transitions += stopped.report(processed.moves, now)
            stats.add(now, processed, transitions, self.lag_total)
            lifecycle.publish(transitions)
            self.fault("inside")
            committing = time.perf_counter()
        stages["commit"] = time.perf_counter() - committing
        self.fault("after")
        if processed.logs:
            self.stored_logs()
        self.positions |= processed.moves
        if any(position.stopped for position in processed.moves.values()):
            self.generation = None  # what was fetched behind it is not to be used
        self.progress_at = time.monotonic()
        self.heard |= dict.fromkeys(processed.moves, self.progress_at)
        self.consumer.done({place: position.next for place, position in processed.moves.items()})
        self.watch_lag(processed)
        stats.observe(processed, transitions, time.perf_counter() - began)

    def judge(self, observed: dict[str, Observed], marks: dict[str, int], now: datetime) -> list[Any]:
        return lifecycle.apply(windows.judge(self.ruleset.analyser, observed, marks), now)

    def watermarks(self, instead: Mapping[TopicPartition, Position]) -> dict[str, int]:
        return positions.watermarks(self.signals, positions.stored(self.signals) | dict(instead))

    def tick(self) -> None:
        """Windows may end although nothing comes: a silent partition's clock goes on with the wall clock."""
        monotonic = time.monotonic()
        if monotonic < self.tick_at:
            return
        self.tick_at = monotonic + TICK
        self.look_around()
        self.ruleset.refresh()
        self.mutes.look(timezone.now())
        clock = self.clock.now() - ARRIVAL_SLACK
        waiting = self.consumer.waiting()
        show_lag(waiting)
        if not any(count for place, count in waiting.items() if not self.stopped_at(place)):
            self.progress_at, self.lag_total = monotonic, sum(waiting.values())
        silent = {
            place: positions.on_at(position, clock)
            for place, position in self.positions.items()
            if waiting.get(place) == 0 and monotonic - self.heard[place] >= IDLE
        }
        now = timezone.now()
        if not silent or not windows.pending(self.ruleset.analyser, self.watermarks(silent)):
            silent = {}
        if not silent and not any(rows.exists() for rows in (lifecycle.sleepers(now), lifecycle.lapsed(now))):
            stats.beat(now, self.lag_total)
            return
        with transaction.atomic():
            positions.move(self.positions, silent)
            transitions = self.judge({}, self.watermarks({}), now) if silent else []
            transitions += lifecycle.wake_due(now) + lifecycle.resolve_lapsed(now)
            stats.add(now, None, transitions, self.lag_total)
            lifecycle.publish(transitions)
        self.positions |= silent
        stats.observe(None, transitions, 0.0)

    def skip(self, lost: OutOfRange) -> None:
        """Messages are gone that we have not read; where the topic is another one, ``resume`` says what is next."""
        if self.consumer.sources() == self.sources:
            gaps.skip(lost, self.positions, timezone.now())
        self.generation = None

    def look_around(self) -> None:
        """Read the positions again if a stopped partition may go on, or a topic is another one."""
        if stopped.released(place for place in self.positions if self.stopped_at(place)):
            self.generation = None
        with suppress(TransportDown):  # then nothing is read either
            if self.consumer.sources() != self.sources:
                self.generation = None

    def watch_lag(self, processed: Processed) -> None:
        lag = self.consumer.lag()
        self.lag_total = sum(lag.values())
        show_lag(lag)
        oldest = min((position.received_high for position in processed.moves.values()), default=0)
        metrics.OLDEST_SECONDS.set((time.time_ns() - oldest) / SECOND if self.lag_total and oldest else 0)

    def healthy(self, stall_seconds: int) -> bool:
        """Alive means: positions move, or nothing waits."""
        return time.monotonic() - self.progress_at < stall_seconds


def show_lag(lag: Mapping[TopicPartition, int]) -> None:
    for (topic, partition), waiting in lag.items():
        metrics.LAG.labels(topic, str(partition)).set(waiting)
