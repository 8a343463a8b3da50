"""What to do when the next message isn't there: go on with what is, and say so; never a silent skip.

A topic that was made anew counts its offsets from the beginning again, and so does another transport. What comes from
there is another incarnation of the partition, or its records would have the ids of earlier ones.
"""

import logging
from collections.abc import Mapping
from datetime import datetime

import msgspec
from django.db import transaction

from alerts import lifecycle
from ingest import metrics
from ingest.models import DataGap, Offset
from ingest.positions import Position, move
from ingest.spoilage import Recent
from ingest.transport.interface import OutOfRange, TopicPartition

log = logging.getLogger(__name__)


def skip(lost: OutOfRange, positions: Mapping[TopicPartition, Position], now: datetime) -> None:
    """To the first message that is there."""
    moves, gaps = {}, []
    for (topic, partition), (low, high) in sorted(lost.places.items()):
        old = positions[topic, partition]
        if not low <= old.next <= high:
            moves[topic, partition] = renewed(old, low) if old.next > high else msgspec.structs.replace(old, next=low)
            gaps.append(DataGap(topic=topic, partition=partition, first=old.next, upto=low, at=now))
    with transaction.atomic():
        move(positions, moves)
        tell(gaps, now)


def begin_anew(row: Offset, source: str, beginning: int, now: datetime) -> Offset:
    """Its offsets are of another topic than before: read that one from its beginning. Of two workers one does it."""
    # an empty partition loses nothing, nor does another transport: the former one was emptied before
    loses = row.next > 0 and "queue" not in (row.source, source)
    with transaction.atomic():
        rows = Offset.objects.filter(pk=row.pk, source=row.source)
        changed = rows.update(
            source=source, next=beginning, incarnation=row.incarnation + 1, seen=0, bad=[], stopped=""
        )
        if changed and loses:
            gap = DataGap(topic=row.topic, partition=row.partition, first=row.next, upto=beginning, at=now)
            tell([gap], now)
    if changed:
        log.warning("%s-%d is another one than before; reads it from its beginning", row.topic, row.partition)
    return Offset.objects.get(pk=row.pk)


def renewed(old: Position, beginning: int) -> Position:
    return msgspec.structs.replace(old, next=beginning, incarnation=old.incarnation + 1, recent=Recent(), stopped="")


def tell(gaps: list[DataGap], now: datetime) -> None:
    DataGap.objects.bulk_create(gaps)
    transitions = []
    for gap in gaps:
        log.error("data gap: %s", gap)
        transitions.append(lifecycle.report_gap(gap.topic, gap.partition, gap.first, gap.upto, now))
    lifecycle.publish(transitions)
    metrics.DATA_GAPS.inc(len(gaps))
