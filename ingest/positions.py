"""How far each partition is: a row in ingest_offset, moved by compare-and-set in the batch's transaction."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from django.conf import settings

from ingest.models import Offset
from ingest.spoilage import Recent
from ingest.transport.interface import TopicPartition, place

# the signal by whose clock rules go, where it isn't the topic's
RULE_SIGNALS = {"traces": "spans"}


class OffsetMoved(Exception):
    """Another worker has processed this partition further; what we made of the batch is not to be kept."""


class Position(msgspec.Struct, frozen=True):
    """A partition's row. ``stopped`` says why it is not read on, if so."""

    next: int = 0
    event_high: int = 0
    received_high: int = 0
    incarnation: int = 0
    recent: Recent = Recent()
    stopped: str = ""


def position(row: Offset) -> Position:
    recent = Recent(row.seen, tuple((begin, end) for begin, end in row.bad))
    return Position(row.next, row.event_high, row.received_high, row.incarnation, recent, row.stopped)


def stored(topics: Iterable[str]) -> dict[TopicPartition, Position]:
    """Of all partitions, whoever reads them. To be read before any window is: what a position stands for was committed
    with it, so it is in the windows."""
    return {(row.topic, row.partition): position(row) for row in Offset.objects.filter(topic__in=list(topics))}


def log_places() -> dict[str, int]:
    """What ids of logs begin with, and the message up to which they are stored (search/arrivals.py)."""
    topics = [topic for topic, signal in settings.TOPIC_SIGNALS.items() if signal == "logs"]
    rows = Offset.objects.filter(topic__in=topics).values_list("topic", "partition", "incarnation", "next")
    return {place(topic, partition, incarnation): upto for topic, partition, incarnation, upto in rows}


def move(old: Mapping[TopicPartition, Position], moves: Mapping[TopicPartition, Position]) -> None:
    """First in a transaction, so that a lost race costs nothing."""
    for (topic, partition), new in sorted(moves.items()):
        was = old[topic, partition]
        rows = Offset.objects.filter(topic=topic, partition=partition, next=was.next, incarnation=was.incarnation)
        if not rows.update(**changes(was, new)):
            raise OffsetMoved(f"{topic}-{partition} is no longer at {was.next}")


def changes(was: Position, new: Position) -> dict[str, Any]:
    """Columns to set. What didn't change isn't written: a person may just have let the partition go on."""
    columns: dict[str, Any] = {
        "next": new.next,
        "event_high": new.event_high,
        "received_high": new.received_high,
        "incarnation": new.incarnation,
    }
    if new.recent != was.recent:
        columns["seen"] = new.recent.seen
    if new.recent.bad != was.recent.bad:
        columns["bad"] = new.recent.bad
    if new.stopped != was.stopped:
        columns["stopped"] = new.stopped
    return columns


def watermarks(signals: Mapping[str, str], clocks: Mapping[TopicPartition, Position]) -> dict[str, int]:
    """Per signal and axis, the slowest partition's clock."""
    marks: dict[str, int] = {}
    for (topic, _), at in clocks.items():
        signal = RULE_SIGNALS.get(signals[topic], signals[topic])
        for name, high in (("event", at.event_high), ("received", at.received_high)):
            marks[f"{signal}.{name}"] = min(marks.get(f"{signal}.{name}", high), high)
    return marks


def on_at(at: Position, clock: int) -> Position:
    """The same place at a later time."""
    return msgspec.structs.replace(at, event_high=max(at.event_high, clock), received_high=max(at.received_high, clock))
