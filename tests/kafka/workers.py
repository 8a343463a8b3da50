"""Workers as processes on a real Kafka and Postgres, what is sent to them, and all that they made of it."""

import json
import os
import random
import subprocess
import sys
import time
import uuid
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.shop import RULES, SECOND, messages, outcome
from tests.started import environment
from tests.tools import ROOT, free_ports


class Installation:
    """One database and one consumer group. ``topics`` of a broker can be read by several installations."""

    def __init__(
        self, directory: Path, brokers: str, database_url: str, rules: dict[str, Any] | None = None, **more: str
    ) -> None:
        self.directory, self.brokers, self.url = directory, brokers, database_url
        self.environment = environment(
            directory,
            KAFKA_BROKERS=brokers,
            DATABASE_URL=database_url,
            KAFKA_GROUP_ID=f"group-{uuid.uuid4().hex[:8]}",
            KAFKA_SESSION_SECONDS="6",
            SECRET_KEY="x" * 60,
            LOG_LEVEL="warning",
            STACKLENS_BATCH_BYTES="15000",  # so that much falls between batches
            **more,
        )
        directory.mkdir(parents=True, exist_ok=True)
        self.manage("migrate", "-v0")
        (directory / "rules.json").write_text(json.dumps(rules or RULES))
        self.manage("load_rules", str(directory / "rules.json"))

    def manage(self, *command: str) -> str:
        ran = self.start(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = ran.communicate(timeout=180)[0].decode()
        assert ran.returncode == 0, said
        return str(said)

    def start(self, *command: str, **more: Any) -> "subprocess.Popen[bytes]":
        env = self.environment | {"STACKLENS_HEALTH_PORT": str(free_ports(1)[0])}
        return subprocess.Popen([sys.executable, "manage.py", *command], cwd=ROOT, env=env, **more)

    def worker(self, *arguments: str) -> "subprocess.Popen[bytes]":
        with (self.directory / "workers.log").open("ab") as output:
            return self.start("run_consumer", *arguments, stdout=output, stderr=subprocess.STDOUT)

    def said(self) -> str:
        return (self.directory / "workers.log").read_text(errors="replace")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql).fetchall()

    def outcome(self) -> dict[str, list[Any]]:
        return outcome(self.rows)

    def settle(self, condition: str, seconds: float = 90) -> None:
        """Wait until a question is answered with true."""
        deadline = time.monotonic() + seconds
        while not self.rows(condition)[0][0]:
            assert time.monotonic() < deadline, self.said()[-3000:]
            time.sleep(0.2)


def make_topics(brokers: str, partitions: int = 3) -> None:
    """Empty ones; arrival is for the sender to say, so that it can be told what it is."""
    admin = AdminClient({"bootstrap.servers": brokers})
    ours = ("otel-logs", "otel-traces", "otel-metrics", "stacklens-enriched", "stacklens-alerts",
            "stacklens-dead-letters")  # fmt: skip
    there = [name for name in ours if name in admin.list_topics(timeout=60).topics]
    for future in admin.delete_topics(there).values() if there else ():
        future.result(30)
    deadline = time.monotonic() + 60
    while set(admin.list_topics(timeout=60).topics) & set(ours) and time.monotonic() < deadline:
        time.sleep(0.1)
    for future in admin.create_topics([NewTopic(name, partitions, 1) for name in ours]).values():
        future.result(30)


def shop(count: int, per_message: int, start: int, seed: int = 3) -> list[tuple[int, int, bytes]]:
    """Partition, arrival (ms) and body of each message, five a second."""
    dice = random.Random(seed)
    made = islice(messages(lambda number: start + number * SECOND // 5, per_message, seed), count)
    return [(dice.randrange(3), sent.arrival // 10**6, sent.body) for sent in made]


def send(brokers: str, stream: list[tuple[int, int, bytes]], topic: str = "otel-logs") -> None:
    producer = Producer({"bootstrap.servers": brokers, "acks": "all", "linger.ms": 1, "message.timeout.ms": 120_000})
    for partition, arrival, body in stream:
        producer.produce(topic, body, partition=partition, timestamp=arrival, headers=[("encoding", "log")])
    assert producer.flush(120) == 0


def read_all(brokers: str, topic: str) -> list[tuple[str, bytes]]:
    """Key and value of everything that a topic holds, by partition."""
    config = {"bootstrap.servers": brokers, "group.id": uuid.uuid4().hex, "enable.partition.eof": True,
              "auto.offset.reset": "earliest", "enable.auto.commit": False}  # fmt: skip
    reader = Consumer(config)
    try:
        partitions = reader.list_topics(topic, timeout=60).topics[topic].partitions
        reader.subscribe([topic])
        found: list[tuple[str, bytes]] = []
        ended: set[int | None] = set()
        deadline = time.monotonic() + 60
        while len(ended) < len(partitions):
            assert time.monotonic() < deadline
            for message in reader.consume(5000, 0.2):
                if message.error():
                    ended.add(message.partition())
                else:
                    found.append(((message.key() or b"").decode(), message.value() or b""))
        return found
    finally:
        reader.close()


def past(seconds: float) -> int:
    return time.time_ns() - int(seconds * SECOND)


def kill(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait(60)


def alive(process: "subprocess.Popen[bytes]") -> bool:
    return process.poll() is None and os.path.exists(f"/proc/{process.pid}")
