"""The indexer's loop: the enriched topic -> Elasticsearch; what was answered is committed to Kafka, nothing before.

A document's id is its record's, and it is only ever created, so doing a batch again changes nothing. While
Elasticsearch is away Kafka is polled on with its partitions paused, so that the group keeps us: an outage is lag.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from confluent_kafka import Message
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from ingest import metrics, stats
from ingest.deadletters import letters
from ingest.enriched import POLL_SECONDS, EnrichedTopic, place_of
from ingest.models import DeadLetter
from ingest.transport import interface
from search.bulk import Line, Unusable, line
from search.write import Away, Written, prepare, write
from telemetry.records import Rejected
from telemetry.trouble import Trouble

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0  # between looks at the lag
BACKOFF_FIRST, BACKOFF_MAX = 0.1, 15.0
TOLD_SECONDS = 60.0  # that Kafka may take to say what is left
REFUSED_AT_ONCE = 20  # more than this, and half of them, is no fault of the documents

Refused = tuple[int, str]  # the message's place in the batch, and why


class Unread(Exception):
    """Nobody can say whether something is left to index."""


class Indexer:
    """``fault`` is called with the name of each point a crash could hit; tests end the process there."""

    def __init__(self, topic: EnrichedTopic, trouble: Trouble, retention_days: int) -> None:
        self.topic = topic
        self.trouble = trouble
        self.retention_days = retention_days
        self.stopping = threading.Event()
        self.prepared = False
        self.counts: dict[str, float] = {}
        self.looked_at = self.told_at = self.progress_at = time.monotonic()
        self.fault: Callable[[str], None] = lambda point: None

    def stop(self) -> None:
        self.stopping.set()

    def run(self, until_idle: bool = False) -> None:
        """Until ``stop``; with ``until_idle``, until nothing is left. Raises Unread when that can't be found out."""
        while not self.stopping.is_set():
            if messages := self.topic.take():
                self.work(messages)
            elif until_idle and self.idle():
                return
            self.look_sometimes()

    def idle(self) -> bool:
        if (lag := self.look()) is None and time.monotonic() - self.told_at > TOLD_SECONDS:
            raise Unread(
                f"no partition of {self.topic.topic} came to us in {TOLD_SECONDS:.0f} s; the log says what failed"
            )
        return lag == 0

    def work(self, messages: Sequence[Message]) -> None:
        """One batch to the end: written or buried, then committed. Not committed when we are to stop before."""
        began = time.perf_counter()
        lines, refused = read(messages)
        self.fault("before")
        refused += self.deliver(lines)
        self.bury([(messages[place], error) for place, error in refused])
        if self.stopping.is_set():
            return  # maybe before the end; what is done already will be known when it comes again
        self.fault("written")
        self.topic.done(messages)
        self.fault("after")
        self.progress_at = time.monotonic()
        metrics.INDEX_SECONDS.observe(time.perf_counter() - began)

    def deliver(self, lines: list[Line]) -> list[Refused]:
        """Try until each is written or refused for its own fault, or we are to stop; gives the refused."""
        refused: list[Refused] = []
        wait = BACKOFF_FIRST
        while lines and not self.stopping.is_set():
            try:
                written = self.attempt(lines)
            except Away as away:
                metrics.INDEX_RETRIES.labels("denied" if away.denied else "away").inc()
                self.trouble.say("elasticsearch", "nothing is lost while this lasts: %s", away)
            else:
                self.trouble.over("elasticsearch", "Elasticsearch takes documents again")
                self.count(written)
                refused += [(line.place, error) for line, error in written.refused]
                wait = BACKOFF_FIRST if len(written.again) < len(lines) else wait
                lines = written.again
            if lines:
                self.hold(wait)
                wait = min(wait * 2, BACKOFF_MAX)
        return refused

    def attempt(self, lines: list[Line]) -> Written:
        if not self.prepared:
            prepare(self.retention_days)
            self.prepared = True
        written = write(lines)
        if written.no_index:
            self.prepared = False  # the templates are gone, and with them what makes an index
        if len(written.refused) > max(REFUSED_AT_ONCE, len(lines) // 2):
            raise Away(f"it refuses {len(written.refused)} of {len(lines)} documents: {written.refused[0][1]}")
        return written

    def bury(self, refused: Sequence[tuple[Message, str]]) -> None:
        """What can't be indexed becomes a dead letter; nothing is committed before that."""
        wait = BACKOFF_FIRST
        while refused and not self.stopping.is_set():
            try:
                rows = letters(map(rejected, refused))
                DeadLetter.objects.bulk_create(rows, ignore_conflicts=True)  # of a try before a crash
            except DatabaseError as error:
                self.trouble.say("database", "dead letters can't be written; trying on: %s", error)
                close_old_connections()
                self.hold(wait)
                wait = min(wait * 2, BACKOFF_MAX)
            else:
                self.trouble.over("database", "the database takes dead letters again")
                metrics.REJECTED.labels("not_indexed").inc(len(refused))
                return

    def hold(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self.stopping.is_set():
            self.topic.hold(min(left, POLL_SECONDS))
            self.look_sometimes()
        self.topic.go_on()

    # --- how it goes --------------------------------------------------------------------------------------------------

    def count(self, written: Written) -> None:
        metrics.INDEXED.labels("created").inc(written.created)
        metrics.INDEXED.labels("known").inc(written.known)
        for name, value in (("indexer.records", written.created), ("indexer.refused", len(written.refused))):
            self.counts[name] = self.counts.get(name, 0) + value
        if written.again:
            metrics.INDEX_RETRIES.labels("document").inc(len(written.again))
            log.info("%d documents are tried again: %s", len(written.again), written.why)

    def look_sometimes(self) -> None:
        if time.monotonic() - self.looked_at > LOOK_SECONDS:
            self.look()

    def look(self) -> int | None:
        """The lag, told to all who ask for it; None while Kafka doesn't say."""
        self.looked_at = time.monotonic()
        if (lag := self.topic.lag()) is None:
            return None
        self.told_at = time.monotonic()
        if lag == 0:
            self.progress_at = time.monotonic()
        metrics.INDEX_LAG.set(lag)
        try:
            stats.write(timezone.now(), self.counts | {"indexer.lag": lag})
            self.counts = {}
        except DatabaseError as error:
            self.trouble.say("database", "figures can't be written: %s", error)
            close_old_connections()
        return lag

    def healthy(self, stall_seconds: int) -> bool:
        """Alive means: positions move, or nothing waits."""
        return time.monotonic() - self.progress_at < stall_seconds


def read(messages: Sequence[Message]) -> tuple[list[Line], list[Refused]]:
    today = datetime.now(UTC).date()
    lines: list[Line] = []
    refused: list[Refused] = []
    for place, message in enumerate(messages):
        try:
            lines.append(line(message.key() or b"", message.value() or b"", today, place))
        except Unusable as error:
            refused.append((place, str(error)))
    return lines, refused


def rejected(refused: tuple[Message, str]) -> tuple[interface.Message, Rejected]:
    """As the worker has them. The topic holds only what is redacted."""
    message, error = refused
    value = message.value() or b""
    came = message.timestamp()[1] * 1_000_000
    at = interface.Message(*place_of(message), message.offset() or 0, value, came, {})
    return at, Rejected(index=0, reason="not_indexed", error=error, payload=value.decode(errors="replace"))
