"""Real processes for tests: each with ports and a data directory of its own."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.tools import ROOT, free_ports

SERVERS = {"DATABASE_URL", "POSTGRES_URL", "KAFKA_BROKERS", "ELASTICSEARCH_URL", "REDIS_URL", "ALLOWED_HOSTS"}


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """Ours without what would make the process something else than the embedded default."""
    inherited = {name: value for name, value in os.environ.items() if name not in SERVERS}
    return {name: value for name, value in inherited.items() if not name.startswith("STACKLENS_")} | {
        "STACKLENS_DATA_DIR": str(data_dir),
        **more,
    }


def manage(data_dir: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment(data_dir), check=True)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with empty databases; copy it, don't use it."""
    data_dir = tmp_path_factory.mktemp("migrated")
    manage(data_dir, "migrate", "--verbosity=0")
    manage(data_dir, "migrate", "--verbosity=0", "--database=queue")
    return data_dir


class Receiver:
    """`manage.py run_receiver`, started; what it has queued can be read."""

    def __init__(self, data_dir: Path, **more: str) -> None:
        self.data_dir = data_dir
        self.http_port, self.grpc_port = free_ports(2)
        self.url = f"http://127.0.0.1:{self.http_port}"
        ports = {
            "STACKLENS_OTLP_HTTP_PORT": str(self.http_port),
            "STACKLENS_OTLP_GRPC_PORT": str(self.grpc_port),
        }
        self.output = data_dir / f"output-{self.http_port}"
        self.environment = environment(data_dir, **(ports | more))

    def start(self) -> "Receiver":
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run_receiver"],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 60
        while "receiver listens" not in self.said():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(self.said())
            time.sleep(0.05)
        return self

    def said(self) -> str:
        return self.output.read_text() if self.output.exists() else ""

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)

    def kill(self) -> None:
        """As kill -9."""
        self.process.kill()
        self.process.wait(10)

    def peak_bytes(self) -> int:
        """The most memory it has ever had (Linux)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024

    def queued(self) -> list[tuple[Any, ...]]:
        """Topic, headers and value of each message."""
        connection = sqlite3.connect(self.data_dir / "queue.sqlite3", timeout=20)
        try:
            return connection.execute("SELECT topic, headers, value FROM queue_message ORDER BY id").fetchall()
        finally:
            connection.close()


@pytest.fixture
def start_receiver(migrated, tmp_path):
    """Start receivers on one data directory; whatever still runs at the end is ended."""
    data_dir = tmp_path / "data"
    shutil.copytree(migrated, data_dir)
    started = []

    def start(**more: str) -> Receiver:
        started.append(Receiver(data_dir, **more).start())
        return started[-1]

    yield start
    for receiver in started:
        receiver.kill()


@pytest.fixture(scope="module")
def receiver(migrated, tmp_path_factory):
    """One for a whole module, because starting takes seconds."""
    data_dir = tmp_path_factory.mktemp("receiver") / "data"
    shutil.copytree(migrated, data_dir)
    running = Receiver(data_dir).start()
    yield running
    running.kill()
