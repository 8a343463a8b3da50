"""A batch from messages to what the transaction writes: pure stages per partition, then the rules over all of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

import msgspec

from alerts.analyse import Analyser, Observed
from alerts.rules.frame import event_time
from ingest import pipeline, stats
from ingest.letters import Tried, outcome, wanted
from ingest.redact import redact_payload
from ingest.spoilage import DEFAULT, Limit, follow, told
from ingest.transport.interface import Message, TopicPartition
from telemetry.records import Issue, LogRecord, MetricPoint, Record, Rejected, Span

if TYPE_CHECKING:
    from ingest.positions import Position
    from ingest.ruleset import Ruleset

Buried = tuple[Message, Rejected]


class Processed(msgspec.Struct):
    """All that a batch makes, ready to be written. ``late`` counts by rule what came too late to be judged."""

    moves: "dict[TopicPartition, Position]"
    logs: list[LogRecord] = msgspec.field(default_factory=list)
    spans: list[Span] = msgspec.field(default_factory=list)
    points: list[MetricPoint] = msgspec.field(default_factory=list)
    rejected: list[Buried] = msgspec.field(default_factory=list)
    tried: Tried = msgspec.field(default_factory=Tried)
    observed: dict[str, Observed] = msgspec.field(default_factory=dict)
    late: dict[str, int] = msgspec.field(default_factory=dict)
    redacted: int = 0
    stage_seconds: dict[str, float] = msgspec.field(default_factory=dict)


def process(
    messages: Sequence[Message],
    signals: Mapping[str, str],
    positions: "Mapping[TopicPartition, Position]",
    rules: "Ruleset",
    letters: AbstractSet[str] = frozenset(),
    limit: Limit = DEFAULT,
) -> Processed:
    """``letters``: the dead letters among the messages that are still to be settled; others are passed over."""
    processed = Processed(moves={})
    waiting = set(letters)
    partitions: dict[TopicPartition, list[Message]] = {}
    for message in messages:
        partitions.setdefault((message.topic, message.partition), []).append(message)
    for place, members in partitions.items():
        partition(processed, place, members, signals, positions[place], rules.analyser, rules.issues, waiting, limit)
    return processed


def partition(
    processed: Processed,
    place: TopicPartition,
    messages: list[Message],
    signals: Mapping[str, str],
    position: "Position",
    analyser: Analyser,
    issues: Mapping[str, Issue],
    letters: set[str],
    limit: Limit,
) -> None:
    """One partition's messages in order: their records, what the rules see in them, and where it leaves off: after the
    last one, or after the one with which too many records were bad."""
    messages = rising(numbered(messages, position.incarnation), position.received_high)
    chosen = wanted(messages, letters)
    batch = pipeline.process(chosen, signals, issues)
    recent, stop = follow(position.recent, counts(batch), limit)
    if stop is not None:
        chosen = chosen[:stop]
        messages = [message for message in messages if message.offset <= chosen[-1].offset]
        if stop < len(batch.messages):
            batch = pipeline.process(chosen, signals, issues)
    logs, spans, points = batch.logs, batch.spans, batch.metrics
    processed.logs += logs
    processed.spans += spans
    processed.points += points
    processed.rejected += outcome(batch.messages, batch.records, batch.rejected, processed.tried)
    processed.redacted += batch.redacted
    for stage, seconds in batch.stage_seconds.items():
        processed.stage_seconds[stage] = processed.stage_seconds.get(stage, 0.0) + seconds
    with stats.timed(processed.stage_seconds, "analyse"):
        by_signal = (("logs", logs), ("spans", spans), ("metrics", points))
        high = observe(processed, by_signal, position.event_high, analyser)
    processed.moves[place] = msgspec.structs.replace(
        position,
        next=messages[-1].offset + 1,
        event_high=high,
        received_high=messages[-1].received_at,
        recent=recent,
        stopped="" if stop is None else told(recent, limit),
    )


def observe(
    processed: Processed, by_signal: Iterable[tuple[str, Sequence[Record]]], high: int, analyser: Analyser
) -> int:
    """What the rules see in these records; gives the partition's latest event time."""
    for signal, records in by_signal:
        behind, high = behind_of(records, high)
        observed, late = analyser.observe(signal, records, behind)
        join(processed.observed, observed)
        for rule, count in late.items():
            processed.late[rule] = processed.late.get(rule, 0) + count
    return high


def counts(batch: pipeline.Batch) -> list[tuple[int, int]]:
    """Good and bad records of each message."""
    if not batch.rejected:
        return [(sum(batch.decoded), 0)]
    bad = Counter(message.offset for message, _ in batch.rejected)
    return [(good, bad[message.offset]) for message, good in zip(batch.messages, batch.decoded, strict=True)]


def numbered(messages: list[Message], incarnation: int) -> list[Message]:
    if not incarnation:
        return messages
    return [msgspec.structs.replace(message, incarnation=incarnation) for message in messages]


def rising(messages: list[Message], high: int) -> list[Message]:
    """Arrival never falls within a partition, whatever the transport's clock did: nothing arrives before what was
    there before it, nor before a time at which nothing was there. By message, so that any cut gives the same."""
    risen = []
    for message in messages:
        if message.received_at < high:
            message = msgspec.structs.replace(message, received_at=high)
        high = message.received_at
        risen.append(message)
    return risen


def behind_of(records: Sequence[Record], high: int) -> tuple[list[int], int]:
    """How far each record is behind the latest event time before it, in order of arrival, and the new latest. By
    record, not by batch, so that the same records are late however they are cut into batches."""
    behind = []
    for record in records:
        moment = event_time(record)
        behind.append(high - moment if moment < high else 0)
        if moment > high:
            high = moment
    return behind, high


def join(into: dict[str, Observed], more: dict[str, Observed]) -> None:
    """Add one partition's observations to another's; deltas merge in any order."""
    for name, seen in more.items():
        if name not in into:
            into[name] = seen
            continue
        for start, delta in seen.deltas.items():
            if start in into[name].deltas:
                into[name].deltas[start].add(delta)
            else:
                into[name].deltas[start] = delta


def isolate(
    message: Message, error: Exception, positions: "Mapping[TopicPartition, Position]", limit: Limit = DEFAULT
) -> Processed:
    """Only step over a message on which our own code fails, and keep it as a dead letter."""
    place = (message.topic, message.partition)
    at = positions[place]
    message = rising(numbered([message], at.incarnation), at.received_high)[0]
    payload = redact_payload(message.value)
    reject = Rejected(index=0, reason="internal", error=f"{type(error).__name__} in our own code", payload=payload)
    recent, stop = follow(at.recent, [(0, 1)], limit)
    move = msgspec.structs.replace(
        at,
        next=message.offset + 1,
        received_high=message.received_at,
        recent=recent,
        stopped="" if stop is None else told(recent, limit),
    )
    processed = Processed(moves={place: move})
    processed.rejected += outcome([message], [], [(message, reject)], processed.tried)
    return processed
