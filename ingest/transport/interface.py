"""What a transport is: topics cut into partitions, each a growing list of messages that are read by offset.

``database.py`` keeps them in tables; any log with the same three verbs (append, poll, seek) fits. The reader's
position is not the transport's business: it lives in the database, in the same transaction as what was made of the
messages (ingest/models.py Offset). ``done`` tells the transport what will not be asked for again.
"""

from concurrent.futures import Future
from typing import Protocol

import msgspec

TopicPartition = tuple[str, int]


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message as it came in. ``received_at`` is nanoseconds since the epoch and never falls within a partition;
    ``headers`` may hold ``encoding`` (protobuf, json, log), ``service`` and ``environment`` (the key's defaults)."""

    topic: str
    partition: int
    offset: int
    value: bytes
    received_at: int
    headers: dict[str, str]


class TransportFull(Exception):
    """The transport takes nothing more for now; the sender should try again later (seconds in ``retry_after``)."""

    def __init__(self, reason: str, retry_after: int = 5) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Producer(Protocol):
    def append(self, topic: str, value: bytes, headers: dict[str, str]) -> "Future[int]":
        """Queue one message; the future gives its offset once it is durable, or raises why it isn't."""
        ...

    def close(self) -> None: ...


class Consumer(Protocol):
    def assignment(self) -> list[TopicPartition]:
        """The partitions this consumer reads now."""
        ...

    def seek(self, positions: dict[TopicPartition, int]) -> None:
        """Read on from these offsets."""
        ...

    def poll(self, max_bytes: int, timeout: float) -> list[Message]:
        """Up to ``max_bytes`` of messages (at least one if there is one), in order within each partition; waits up
        to ``timeout`` seconds for the first."""
        ...

    def done(self, positions: dict[TopicPartition, int]) -> None:
        """Everything below these offsets is processed and committed."""
        ...

    def lag(self) -> dict[TopicPartition, int]:
        """Messages that wait, per partition."""
        ...

    def close(self) -> None: ...
