"""The running product, as a user starts it: `manage.py run` with ports and a data directory of its own."""

import shutil
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

from tests.started import Started, environment
from tests.tools import free_ports

PASSWORD = "correct horse battery staple"


class Product(Started):
    """Attributes are what a user knows of it: addresses, the admin's password, where its data lies, its process.

    ``migrated`` is a data directory to begin with, so that making the tables is left out.
    """

    command, ready = "run", "StackLens is ready"
    stopped_by = signal.SIGINT  # Ctrl-C

    def __init__(self, directory: Path, migrated: Path | None = None, **more: str) -> None:
        web, http, grpc, health = free_ports(4)
        self.web_url = f"http://127.0.0.1:{web}"
        self.otlp_http = f"http://127.0.0.1:{http}"
        self.otlp_grpc = f"127.0.0.1:{grpc}"
        self.health_url = f"http://127.0.0.1:{health}"
        self.data_dir = directory / "data"
        self.admin, self.password = "admin", PASSWORD
        if migrated:
            shutil.copytree(migrated, self.data_dir)
        ports = {
            "STACKLENS_PORT": str(web),
            "STACKLENS_OTLP_HTTP_PORT": str(http),
            "STACKLENS_OTLP_GRPC_PORT": str(grpc),
            "STACKLENS_HEALTH_PORT": str(health),
        }
        ours = environment(self.data_dir, **ports, STACKLENS_ADMIN_PASSWORD=PASSWORD)
        super().__init__(directory / "output", ours | more)

    def rows(self, sql: str, *parameters: Any, database: str = "stacklens") -> list[tuple[Any, ...]]:
        """Read the running product's database."""
        connection = sqlite3.connect(f"file:{self.data_dir / database}.sqlite3?mode=ro", uri=True, timeout=60)
        try:
            return connection.execute(sql, parameters).fetchall()
        finally:
            connection.close()

    def rows_when(self, count: int, sql: str, *parameters: Any, seconds: float = 60) -> list[tuple[Any, ...]]:
        """The rows, once there are at least ``count`` of them or the time is over; one more look shows doubles."""
        deadline = time.monotonic() + seconds
        while len(self.rows(sql, *parameters)) < count and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(0.5)
        return self.rows(sql, *parameters)
