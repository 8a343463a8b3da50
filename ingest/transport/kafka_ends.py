"""What Kafka holds: its partitions and their first and last offsets, asked on a connection of our own."""

from collections.abc import Iterable, Sequence

from confluent_kafka import KafkaException
from confluent_kafka import TopicPartition as Place
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from ingest.transport.interface import TopicPartition, TransportDown

EARLIEST, LATEST = OffsetSpec.earliest(), OffsetSpec.latest()  # type: ignore[no-untyped-call]
ASK_SECONDS = 3.0  # the longest to wait for an answer


def partitions(admin: AdminClient, topics: Sequence[str]) -> list[TopicPartition]:
    try:
        known = admin.list_topics(timeout=ASK_SECONDS).topics
    except KafkaException as error:
        raise TransportDown(f"Kafka doesn't name its topics: {error}") from error
    return sorted((topic, number) for topic in topics if topic in known for number in known[topic].partitions)


def ends(admin: AdminClient, places: Iterable[TopicPartition], spec: OffsetSpec) -> dict[TopicPartition, int]:
    """As they are now; not asked by the reader, where an answer waits for a fetch."""
    try:
        asked = admin.list_offsets({Place(*place): spec for place in places}, request_timeout=ASK_SECONDS)
        return {(place.topic, place.partition): int(found.result().offset) for place, found in asked.items()}
    except KafkaException as error:
        raise TransportDown(f"Kafka doesn't say what its partitions hold: {error}") from error
