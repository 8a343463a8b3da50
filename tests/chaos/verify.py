"""Whether everything is there once, and as an undisturbed run makes it."""

import json
import urllib.request
from collections import Counter
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from tests.chaos.load import RECORDS, Load
from tests.chaos.world import World, until
from tests.shop import outcome

DRAINED = "SELECT topic, \"partition\", next FROM ingest_offset WHERE topic LIKE 'otel-%'"
UNRESOLVED = "SELECT count(*) FROM alerts WHERE status <> 'resolved'"


class Topics:
    """Reads Kafka without a group."""

    def __init__(self, brokers: str) -> None:
        self.consumer = Consumer(
            {"bootstrap.servers": brokers, "group.id": "verify", "enable.auto.commit": False, "log_level": 0}
        )

    def ends(self, *topics: str) -> dict[tuple[str, int], int]:
        """One after the last offset of each partition."""
        known = self.consumer.list_topics(timeout=30).topics
        places = [(topic, partition) for topic in topics for partition in known[topic].partitions]
        return {place: self.consumer.get_watermark_offsets(TopicPartition(*place), timeout=30)[1] for place in places}

    def read(self, topic: str) -> list[Any]:
        """All messages of a topic."""
        ends = {place: end for place, end in self.ends(topic).items() if end}
        self.consumer.assign([TopicPartition(*place, 0) for place in ends])
        messages: list[Any] = []
        while ends:
            for message in self.consumer.consume(10_000, 5):
                assert message.error() is None, message.error()
                messages.append(message)
                place = (topic, int(message.partition() or 0))
                if int(message.offset() or 0) + 1 >= ends.get(place, 0):
                    ends.pop(place, None)
        self.consumer.unassign()
        return messages


def settle(world: World, topics: Topics, database: str, seconds: float) -> None:
    """Wait until all that was sent is processed, and every alert has come to its end."""
    ends = {place: end for place, end in topics.ends("otel-logs", "otel-traces").items() if end}

    def processed() -> bool:
        with world.reading(database) as read:
            found = {(topic, partition): next_ for topic, partition, next_ in read(DRAINED)}
        return all(found.get(place) == end for place, end in ends.items())

    def resolved() -> bool:
        with world.reading(database) as read:
            return bool(read(UNRESOLVED)[0][0] == 0)

    until("everything is processed", processed, seconds, world)
    until("every alert is resolved", resolved, seconds, world)


def undisturbed(world: World, topics: Topics) -> dict[str, list[Any]]:
    """What one worker makes of the same messages when nothing happens."""
    database = world.postgres.fresh()
    environment = world.environment_on(database, group="undisturbed")
    world.prepare(environment)
    before, world.environment = world.environment, environment
    try:
        world.bring("worker")
        settle(world, topics, database, 600)
    finally:
        world.kill("worker")
        world.environment = before
    with world.reading(database) as read:
        return outcome(read)


def identifiers(url: str, alias: str) -> list[str]:
    """The ids of all documents behind an alias."""
    found: list[str] = []
    after: list[Any] = []
    while True:
        asked = {"size": 10_000, "sort": [{"id": "asc"}], "_source": False, "query": {"match_all": {}}}
        body = json.dumps(asked | ({"search_after": after} if after else {})).encode()
        request = urllib.request.Request(f"{url}/{alias}/_search", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            hits = json.load(answer)["hits"]["hits"]
        if not hits:
            return found
        found += [hit["_id"] for hit in hits]
        after = hits[-1]["sort"]


def refresh(url: str, alias: str) -> None:
    urllib.request.urlopen(urllib.request.Request(f"{url}/{alias}/_refresh", method="POST"), timeout=60).close()


def indexed(world: World, logs: list[str], spans: list[str]) -> None:
    """Elasticsearch has every record, and none twice."""
    url = world.elasticsearch.url
    for alias, expected in (("stacklens-logs", logs), ("stacklens-spans", spans)):

        def complete(alias: str = alias, expected: list[str] = expected) -> bool:
            refresh(url, alias)
            return len(identifiers(url, alias)) >= len(expected)

        until(f"{alias} is complete", complete, 300, world)
        assert sorted(identifiers(url, alias)) == sorted(expected), alias


def announced(world: World, topics: Topics, transitions: list[tuple[int, str]]) -> None:
    """The alerts topic has every transition, under its alert's key; again only as the same."""

    def told() -> dict[int, str]:
        found: dict[int, str] = {}
        for message in topics.read("stacklens-alerts"):
            seq = transition_of(json.loads(message.value()))
            key = message.key().decode()
            assert found.setdefault(seq, key) == key
        return found

    until("the alerts topic is complete", lambda: len(told()) >= len(transitions), 120, world)
    assert told() == dict(transitions)


def transition_of(event: dict[str, Any]) -> int:
    return int(event["transition"]["seq"] if "transition" in event else event["seq"])


def unseen(topics: Topics, records: list[str]) -> list[str]:
    """Positions in otel-logs from which no record came."""
    seen = {name.rpartition("-")[0] for name in records}
    ends = topics.ends("otel-logs")
    return [at for (topic, part), end in ends.items() for n in range(end) if (at := f"{topic}-{part}-{n}") not in seen]


def verify(world: World, load: Load) -> dict[str, int]:
    """Raises AssertionError that says what differs; gives what was compared."""
    topics = Topics(world.kafka.brokers)
    assert load.failed == 0, f"the broker never acknowledged {load.failed} messages"
    held = Counter({topic: sum(topics.ends(topic).values()) for topic in load.acknowledged})
    assert held == load.acknowledged, "the load itself is in doubt"
    settle(world, topics, world.database, 300)
    with world.reading() as read:
        found = outcome(read)
        logs, spans = [row[0] for row in found["logs"]], [row[0] for row in found["spans"]]
        transitions = [(seq, str(alert)) for seq, alert in read("SELECT seq, alert_id FROM alerts_transition")]
    sent = load.acknowledged["otel-logs"] * RECORDS
    lost = unseen(topics, logs + [row[0] for row in found["dead"]])
    assert not lost, f"messages of which nothing came: {lost}"
    assert len(logs) + len(found["dead"]) == sent, f"{sent} records sent, {len(logs)} stored, {len(found['dead'])} dead"
    assert len(spans) == load.acknowledged["otel-traces"]
    indexed(world, logs, spans)
    announced(world, topics, transitions)
    for name in list(world.running):
        world.kill(name)
    expected = undisturbed(world, topics)
    for part in expected:
        assert found[part] == expected[part], f"{part} differ from an undisturbed run's"
    return {part: len(rows) for part, rows in found.items()}
