"""What Kafka holds: topics, their partitions, and first and last offsets; asked on a connection of our own."""

from collections.abc import Iterable, Sequence

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka import TopicPartition as Place
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from ingest.transport.interface import TopicPartition, TransportDown

EARLIEST, LATEST = OffsetSpec.earliest(), OffsetSpec.latest()  # type: ignore[no-untyped-call]
NO_TOPIC = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC}
ASK_SECONDS = 3.0  # the longest to wait for an answer


def partitions(admin: AdminClient, topics: Sequence[str]) -> list[TopicPartition]:
    try:
        known = admin.list_topics(timeout=ASK_SECONDS).topics
    except KafkaException as error:
        raise TransportDown(f"Kafka doesn't name its topics: {error}") from error
    return sorted((topic, number) for topic in topics if topic in known for number in known[topic].partitions)


def topic_ids(admin: AdminClient, topics: Sequence[str]) -> dict[str, str]:
    """A topic that is made anew has another one. Brokers that are too old have none."""
    ids = {}
    for topic, told in admin.describe_topics(TopicCollection(list(topics)), request_timeout=ASK_SECONDS).items():
        try:
            ids[topic] = str(told.result().topic_id)
        except KafkaException as error:
            if error.args[0].code() not in NO_TOPIC:
                raise TransportDown(f"Kafka doesn't describe its topics: {error}") from error
    return ids


def ends(admin: AdminClient, places: Iterable[TopicPartition], spec: OffsetSpec) -> dict[TopicPartition, int]:
    """As they are now; not asked by the reader, where an answer waits for a fetch."""
    try:
        asked = admin.list_offsets({Place(*place): spec for place in places}, request_timeout=ASK_SECONDS)
        return {(place.topic, place.partition): int(found.result().offset) for place, found in asked.items()}
    except KafkaException as error:
        raise TransportDown(f"Kafka doesn't say what its partitions hold: {error}") from error
