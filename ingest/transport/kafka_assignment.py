"""Which partitions of Kafka are ours: the group gives and takes them, within a poll."""

import logging
from collections.abc import Callable

from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka import TopicPartition as Place

from ingest.transport.interface import TopicPartition

log = logging.getLogger(__name__)


class Assignment:
    """``first`` says where a partition would be read from, ``lost`` is told those that are taken away."""

    def __init__(self, first: Callable[[TopicPartition], int], lost: Callable[[set[TopicPartition]], None]) -> None:
        self.first = first
        self.lost = lost
        self.places: set[TopicPartition] = set()
        self.generation = 0
        self.joined = False

    def assign(self, client: Consumer, places: list[Place]) -> None:
        """Nothing is fetched before the caller has sought its position."""
        self.joined = True
        self.generation += 1
        for place in places:
            # Any number will do, but it must be one: the answer about a logical offset may come after our seek.
            place.offset = self.first((place.topic, place.partition))
        client.incremental_assign(places)
        client.pause(places)
        self.places |= {(place.topic, place.partition) for place in places}
        log.info("reads %s", self.named())

    def revoke(self, client: Consumer, places: list[Place]) -> None:
        self.generation += 1
        gone = {(place.topic, place.partition) for place in places}
        self.places -= gone
        self.lost(gone)
        client.incremental_unassign(places)
        log.info("gave up %d partitions; reads %s", len(gone), self.named())

    def named(self) -> str:
        return ", ".join(f"{topic}-{partition}" for topic, partition in sorted(self.places)) or "no partition"


def move(client: Consumer, place: Place) -> None:
    """Read on from its offset."""
    try:
        client.seek(place)
    except KafkaException as error:
        if error.args[0].code() != KafkaError._STATE:
            raise
        # it stopped at an offset that isn't there, and starts only when it is assigned
        place_anew(client, place)


def place_anew(client: Consumer, place: Place) -> None:
    client.incremental_unassign([place])
    client.incremental_assign([place])
