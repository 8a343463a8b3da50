"""Where a reader of Kafka is in each partition: pure book-keeping; nothing is skipped and nothing read twice."""

from collections.abc import Mapping

from ingest.transport.interface import TopicPartition


class Positions:
    def __init__(self) -> None:
        self.reading: set[TopicPartition] = set()  # those whose position is sought
        self.next: dict[TopicPartition, int] = {}  # expected from the broker; behind the end where it was seen
        self.received: dict[TopicPartition, int] = {}  # the offset after the last received message
        self.below: dict[TopicPartition, int] = {}  # are done
        self.missing: set[TopicPartition] = set()  # whose next message isn't there
        self.holes: dict[TopicPartition, int] = {}  # where offsets went on after the last hole
        self.again: set[TopicPartition] = set()  # to be read once more from before a hole

    def sought(self, places: Mapping[TopicPartition, int]) -> None:
        self.forget(set(places))
        self.reading |= set(places)
        self.next |= places
        self.received |= places
        self.below |= places

    def forget(self, gone: set[TopicPartition]) -> None:
        self.reading -= gone
        self.missing -= gone

    def takes(self, place: TopicPartition, offset: int) -> bool:
        """Whether this message is the next one; if so, it counts as received."""
        if place not in self.reading:
            return False  # fetched before it was taken from us
        if offset < self.received[place] or not self.follows(place, offset):
            return False
        self.next[place] = self.received[place] = offset + 1
        return True

    def ended(self, place: TopicPartition, offset: int) -> None:
        """The partition's end was seen here."""
        if place in self.reading and self.follows(place, offset):
            self.next[place] = offset

    def follows(self, place: TopicPartition, offset: int) -> bool:
        """Whether it is the next one. A hole may be a transaction's marker or a compacted message; it may also be that
        the client lost its place. So it is read once more from before the hole, and believed the second time."""
        if place in self.again:
            return False
        if offset != self.next[place] and offset != self.holes.get(place):
            self.holes[place] = offset
            self.again.add(place)
            return False
        return True

    def behind(self, place: TopicPartition, end: int) -> int:
        """The end may be markers of transactions, which are never handed out: then it is where the end was seen."""
        below = self.below.get(place, 0)
        at = self.next.get(place, 0) if below >= self.received.get(place, 0) else below
        return max(0, end - at)
