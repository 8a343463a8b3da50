"""The door as a process: `manage.py run_receiver` with ports of its own; what it has queued can be read."""

import sqlite3
from pathlib import Path
from typing import Any

from tests.started import Started, environment
from tests.tools import free_ports


class Receiver(Started):
    command, ready = "run_receiver", "receiver listens"

    def __init__(self, data_dir: Path, **more: str) -> None:
        self.data_dir = data_dir
        self.http_port, self.grpc_port = free_ports(2)
        self.url = f"http://127.0.0.1:{self.http_port}"
        ports = {
            "STACKLENS_OTLP_HTTP_PORT": str(self.http_port),
            "STACKLENS_OTLP_GRPC_PORT": str(self.grpc_port),
        }
        super().__init__(data_dir / f"output-{self.http_port}", environment(data_dir, **(ports | more)))

    def peak_bytes(self) -> int:
        """The most memory it has ever had (Linux)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024

    def queued(self) -> list[tuple[Any, ...]]:
        """Topic, headers and value of each message."""
        connection = sqlite3.connect(self.data_dir / "queue.sqlite3", timeout=60)
        try:
            return connection.execute("SELECT topic, headers, value FROM queue_message ORDER BY id").fetchall()
        finally:
            connection.close()
