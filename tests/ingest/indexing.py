"""The indexer as a process between a real Kafka and a real Elasticsearch, on an embedded database."""

import json
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from ingest.enriched import GROUP
from telemetry.document import log_document
from telemetry.records import LogRecord
from tests.started import environment
from tests.tools import ROOT, free_ports

# a member that was killed is still one, or the broker has only just started
NOT_YET = {
    KafkaError.NON_EMPTY_GROUP,
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
}
TOPIC, ALIAS = "stacklens-enriched", "stacklens-logs"


def until(holds: Callable[[], Any], seconds: float, what: Callable[[], object] = str) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, what()
        time.sleep(0.2)


def empty(brokers: str, partitions: int = 3) -> None:
    """The topic without messages, and a group that knows nothing."""
    admin = AdminClient({"bootstrap.servers": brokers})
    until(lambda: gone(admin), 60)
    if TOPIC in admin.list_topics(timeout=60).topics:
        admin.delete_topics([TOPIC])[TOPIC].result(30)
        until(lambda: TOPIC not in admin.list_topics(timeout=60).topics, 30)
    admin.create_topics([NewTopic(TOPIC, partitions, 1)])[TOPIC].result(30)


def gone(admin: AdminClient) -> bool:
    """Who was killed is a member until its session ends."""
    try:
        admin.delete_consumer_groups([GROUP])[GROUP].result(30)
    except KafkaException as error:
        if error.args[0].code() in NOT_YET:
            return False
        if error.args[0].code() != KafkaError.GROUP_ID_NOT_FOUND:
            raise
    return True


def document(number: int, **fields: Any) -> tuple[str, bytes]:
    """Key and value, as the worker writes them."""
    now = time.time_ns()
    given: dict[str, Any] = {"timestamp": now, "received_at": now, "service": "a", "level": "info"}
    name = f"otel-logs-0-{number}-0"
    log = LogRecord(**given | {"id": name, "message": f"order {number} stored", "pattern": "order <n> stored"} | fields)
    return name, log_document(log)


def send(brokers: str, documents: Iterable[tuple[str, bytes]]) -> None:
    producer = Producer({"bootstrap.servers": brokers, "acks": "all", "queue.buffering.max.messages": 1_000_000})
    for key, value in documents:
        producer.produce(TOPIC, value, key=key)
    assert producer.flush(60) == 0


class Indexing:
    def __init__(self, data_dir: Path, brokers: str, url: str) -> None:
        self.data_dir, self.url = data_dir, url
        (self.port,) = free_ports(1)
        self.environment = environment(
            data_dir,
            KAFKA_BROKERS=brokers,
            KAFKA_SESSION_SECONDS="6",
            ELASTICSEARCH_URL=url,
            SECRET_KEY="x" * 60,
            STACKLENS_INDEXER_HEALTH_PORT=str(self.port),
            STACKLENS_STALL_SECONDS="3",
        )
        self.log = data_dir / "indexer.log"
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "run_indexer", *arguments],
                cwd=ROOT, env=self.environment, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def run(self, *arguments: str) -> int:
        return self.start("--until-idle", *arguments).wait(120)

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait(60)

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]

    def health(self) -> int:
        """0 while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def found(self, url: str = "") -> list[str]:
        """The ids of all that is there, sorted."""
        base = f"{url or self.url}/{ALIAS}"
        ask(f"{base}/_refresh")
        ids: list[str] = []
        after: dict[str, Any] = {}
        while True:
            body = {"size": 10_000, "sort": [{"id": "asc"}], "_source": False} | after
            hits = ask(f"{base}/_search", body)["hits"]["hits"]
            if not hits:
                return sorted(ids)
            ids += [hit["_id"] for hit in hits]
            after = {"search_after": hits[-1]["sort"]}

    def finds(self, *keys: str) -> bool:
        """Whether all of these are there, and nothing else; not yet, while Elasticsearch starts."""
        try:
            return self.found() == sorted(keys)
        except OSError:
            return False

    def letters(self) -> list[tuple[str, str, str, str]]:
        with sqlite3.connect(self.data_dir / "stacklens.sqlite3") as connection:
            rows = connection.execute("SELECT id, reason, error, payload FROM ingest_deadletter ORDER BY id").fetchall()
        connection.close()
        return rows


def ask(url: str, body: dict[str, Any] | None = None) -> Any:
    content = json.dumps(body).encode() if body else b""
    request = urllib.request.Request(url, content, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def fresh(migrated: Path, data_dir: Path) -> Path:
    shutil.copytree(migrated, data_dir)
    return data_dir
