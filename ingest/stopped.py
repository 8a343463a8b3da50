"""Partitions that are not read on because too many of their records could not be used, and how they go on."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from alerts import lifecycle
from alerts.models import Transition
from ingest import metrics
from ingest.models import Offset
from ingest.positions import Position
from ingest.transport.interface import TopicPartition

log = logging.getLogger(__name__)


def partitions() -> dict[str, str]:
    """Why, by the partition's name."""
    return {f"{row.topic}-{row.partition}": row.stopped for row in Offset.objects.exclude(stopped="")}


def report(moves: Mapping[TopicPartition, Position], now: datetime) -> list[Transition]:
    """An alert for each that stops with this batch; inside its transaction."""
    transitions = []
    for (topic, partition), at in sorted(moves.items()):
        if at.stopped:
            log.error("%s-%d stops before message %d: %s", topic, partition, at.next, at.stopped)
            transitions.append(lifecycle.report_stop(topic, partition, at.next, at.stopped, now))
    return transitions


def show(positions: Mapping[TopicPartition, Position]) -> None:
    for (topic, partition), at in positions.items():
        metrics.PARTITION_STOPPED.labels(topic, str(partition)).set(bool(at.stopped))


def go_on(topic: str, partition: int, by: str) -> bool:
    """Whether it had stopped. Its records are counted anew, and the alert of it is resolved."""
    with transaction.atomic():
        rows = Offset.objects.filter(topic=topic, partition=partition).exclude(stopped="")
        if not rows.update(stopped="", seen=0, bad=[]):
            return False
        lifecycle.partition_goes_on(topic, partition, by)
        return True


def released(places: Iterable[TopicPartition]) -> bool:
    """Whether one of these that had stopped may go on."""
    names = {f"{topic}-{partition}" for topic, partition in places}
    return bool(names) and not names <= set(partitions())
