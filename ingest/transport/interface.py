"""What a transport is: topics cut into partitions, each a growing list of messages that are read by offset.

``database.py`` keeps them in tables, ``kafka.py`` in Kafka. The reader's position is not the transport's business: it
lives in the database, in the same transaction as what was made of the messages (ingest/models.py Offset). ``done``
tells the transport what will not be asked for again. Readers may share the partitions: who has which can change with
any ``poll``, and then ``generation`` does.
"""

from concurrent.futures import Future
from typing import Protocol

import msgspec

TopicPartition = tuple[str, int]


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message as it came in. ``received_at`` is nanoseconds since the epoch, by the transport's clock: it may fall
    where that was set back (``rising`` in ingest/batch.py). ``headers`` may hold ``encoding`` (protobuf, json, log),
    ``service`` and ``environment`` (the key's defaults), and ``letter``: the dead letter that is tried again.
    ``incarnation`` counts how often the partition began anew."""

    topic: str
    partition: int
    offset: int
    value: bytes
    received_at: int
    headers: dict[str, str]
    incarnation: int = 0

    @property
    def place(self) -> str:
        """Never the same for two messages; what ids of records begin with."""
        return f"{place(self.topic, self.partition, self.incarnation)}-{self.offset}"


def place(topic: str, partition: int, incarnation: int) -> str:
    """What ids of a partition's records begin with."""
    anew = f".{incarnation}" if incarnation else ""
    return f"{topic}-{partition}{anew}"


class TransportFull(Exception):
    """The transport takes nothing more for now; the sender should try again later (seconds in ``retry_after``)."""

    def __init__(self, reason: str, retry_after: int = 5) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class TransportDown(Exception):
    """The transport doesn't answer; to be tried again."""


class OutOfRange(Exception):
    """Partitions whose next message isn't there: what is there, as its first offset and the one after its last."""

    def __init__(self, places: dict[TopicPartition, tuple[int, int]]) -> None:
        super().__init__(", ".join(f"{topic}-{partition} has {ends}" for (topic, partition), ends in places.items()))
        self.places = places


class Producer(Protocol):
    def append(self, topic: str, value: bytes, headers: dict[str, str]) -> "Future[int]":
        """Queue one message; the future gives its offset once it is durable, or raises why it isn't."""
        ...

    def close(self) -> None: ...


class Consumer(Protocol):
    @property
    def generation(self) -> int:
        """Another number after every change of the assignment: the positions are then to be read again, and sought."""
        ...

    def assignment(self) -> list[TopicPartition]:
        """The partitions this consumer reads now."""
        ...

    def partitions(self) -> list[TopicPartition]:
        """All partitions of the topics, whoever reads them."""
        ...

    def beginning(self, place: TopicPartition) -> int:
        """The first offset that is still there."""
        ...

    def sources(self) -> dict[str, str]:
        """What each topic's offsets count in: another text once the topic was made anew, or is elsewhere."""
        ...

    def seek(self, positions: dict[TopicPartition, int]) -> None:
        """Read on from these offsets; partitions that are not named are not read."""
        ...

    def poll(self, max_bytes: int, timeout: float) -> list[Message]:
        """Up to ``max_bytes`` of messages (at least one if there is one), in order within each partition; waits up
        to ``timeout`` seconds for the first. Raises OutOfRange."""
        ...

    def wait(self, seconds: float) -> None:
        """Read nothing for a while, yet keep what is assigned. Seek before the next poll."""
        ...

    def done(self, positions: dict[TopicPartition, int]) -> None:
        """Everything below these offsets is processed and committed."""
        ...

    def lag(self) -> dict[TopicPartition, int]:
        """Messages that wait in each assigned partition, as far as is known without asking."""
        ...

    def waiting(self) -> dict[TopicPartition, int]:
        """The same, asked now; partitions that can't be asked are missing."""
        ...

    def settled(self) -> bool:
        """Whether it is known which partitions are ours, be it none."""
        ...

    def close(self) -> None: ...
