"""Kafka, Postgres, Elasticsearch, Redis and our own processes on them, all to be killed at will."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.servers import Elasticsearch, Kafka, Postgres, Redis
from tests.servers.refusing import Refusing
from tests.shop import RULES
from tests.tools import ROOT, free_ports

LATENESS = 30  # seconds: what a broker that is away holds back is still in time
COMMANDS = {
    "worker": ("run_consumer",),
    "second worker": ("run_consumer",),
    "indexer": ("run_indexer",),
    "notifier": ("run_notifier",),
}


class Process:
    """One of ours. What it says goes to one file for all; ``port`` is where it tells its health."""

    port = 0

    def __init__(self, command: tuple[str, ...], environment: dict[str, str], log: Path) -> None:
        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                [sys.executable, "manage.py", *command],
                cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def alive(self) -> bool:
        return self.popen.poll() is None

    def wait(self, seconds: float) -> bool:
        """Whether it has ended by then."""
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self.popen.wait(60)

    def terminate(self) -> int:
        self.send(signal.SIGTERM)
        return self.popen.wait(60)

    def send(self, number: signal.Signals) -> None:
        if self.alive():
            os.killpg(self.popen.pid, number)


class World:
    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="stacklens-chaos-"))
        self.log = self.folder / "log"
        self.kafka, self.postgres, self.elasticsearch, self.redis = Kafka(), Postgres(), Elasticsearch(), Redis()
        self.servers = (self.kafka, self.postgres, self.elasticsearch, self.redis)
        self.running: dict[str, Process] = {}

    def start(self) -> None:
        for server in self.servers:
            server.start()
        self.refusing = Refusing(self.elasticsearch.url)
        self.database = self.postgres.fresh()
        self.environment = self.environment_on(self.database, group="stacklens")
        self.prepare(self.environment)
        for name in ("worker", "indexer", "notifier"):
            self.bring(name)

    def environment_on(self, database: str, group: str) -> dict[str, str]:
        return os.environ | {
            "DATABASE_URL": database,
            "KAFKA_BROKERS": self.kafka.brokers,
            "KAFKA_GROUP_ID": group,
            "KAFKA_SESSION_SECONDS": "6",
            "ELASTICSEARCH_URL": self.refusing.url,
            "REDIS_URL": self.redis.url,
            "SECRET_KEY": "chaos-" + "0123456789abcdef" * 4,
            "STACKLENS_DATA_DIR": str(self.folder / "data"),
            "STACKLENS_BATCH_BYTES": "20000",  # a few messages, so that a kill falls between many batches
            "LOG_LEVEL": "warning",
        }

    def prepare(self, environment: dict[str, str]) -> None:
        """Migrate, make topics and indices, and put our rules in the place of the default ones."""
        rules = [{**rule, "lateness": LATENESS} for rule in RULES["rules"]]
        file = self.folder / "rules.json"
        file.write_text(json.dumps({"issues": [], "rules": rules}))
        for command in (("migrate", "-v0"), ("create_topics",), ("setup_search",), ("load_rules", str(file))):
            process = Process(command, environment, self.log)
            assert process.wait(180), f"{command[0]} does not end"
            assert process.popen.returncode == 0, self.said()

    # --- our own processes ---

    def bring(self, name: str, *arguments: str) -> Process:
        """Start it where it doesn't run, with a health port of its own."""
        running = self.running.get(name)
        if running is None or not running.alive():
            (port,) = free_ports(1)
            ports = {"STACKLENS_HEALTH_PORT": str(port), "STACKLENS_INDEXER_HEALTH_PORT": str(port)}
            self.running[name] = Process((*COMMANDS[name], *arguments), self.environment | ports, self.log)
            self.running[name].port = port
        return self.running[name]

    def kill(self, name: str) -> None:
        if process := self.running.pop(name, None):
            process.kill()

    def end(self) -> None:
        for process in self.running.values():
            process.kill()
        if hasattr(self, "refusing"):
            self.refusing.close()
        for server in self.servers:
            server.remove()

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""

    # --- what is there ---

    @contextmanager
    def reading(self, database: str | None = None) -> Iterator[Any]:
        with psycopg.connect(database or self.database, autocommit=True) as connection:
            connection.execute("SET TIME ZONE 'UTC'")
            yield lambda sql: connection.execute(sql).fetchall()


def until(what: str, holds: Any, seconds: float, world: World) -> None:
    """Wait until ``holds()``; says what didn't come, with our processes' last words."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:.0f} s\n{world.said()}")
        time.sleep(0.5)
