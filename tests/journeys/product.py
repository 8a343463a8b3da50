"""The running product, as a user starts it: `manage.py run` with ports and a data directory of its own."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.tools import ROOT, free_ports

PASSWORD = "correct horse battery staple"
# what would make it something else than the embedded default
OURS = re.compile(
    "STACKLENS_|DATABASE_URL|POSTGRES_URL|KAFKA_|ELASTICSEARCH_URL|REDIS_URL|SECRET_KEY|ALLOWED_HOSTS|DEBUG"
)


class Product:
    """Attributes are what a user knows of it: addresses, the admin's password, where its data lies, its process."""

    def __init__(self, directory: Path, **environment: str) -> None:
        web, http, grpc, health = free_ports(4)
        self.web_url = f"http://127.0.0.1:{web}"
        self.otlp_http = f"http://127.0.0.1:{http}"
        self.otlp_grpc = f"127.0.0.1:{grpc}"
        self.health_url = f"http://127.0.0.1:{health}"
        self.data_dir = directory / "data"
        self.admin, self.password = "admin", PASSWORD
        self.output = directory / "output"
        self.environment = {name: value for name, value in os.environ.items() if not OURS.match(name)} | {
            "STACKLENS_PORT": str(web),
            "STACKLENS_OTLP_HTTP_PORT": str(http),
            "STACKLENS_OTLP_GRPC_PORT": str(grpc),
            "STACKLENS_HEALTH_PORT": str(health),
            "STACKLENS_DATA_DIR": str(self.data_dir),
            "STACKLENS_ADMIN_PASSWORD": PASSWORD,
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str, seconds: float = 120) -> None:
        self.output.unlink(missing_ok=True)  # what an earlier start said is no sign of this one
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run", *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + seconds
        while "StackLens is ready" not in self.said():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"not ready within {seconds:.0f} s:\n{self.said()}")
            time.sleep(0.1)

    def stop(self) -> int:
        """As Ctrl-C does; gives the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()  # takes the children with it
            raise

    def said(self) -> str:
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def rows(self, sql: str, *parameters: Any, database: str = "stacklens") -> list[tuple[Any, ...]]:
        """Read the running product's database."""
        connection = sqlite3.connect(f"file:{self.data_dir / database}.sqlite3?mode=ro", uri=True, timeout=20)
        try:
            return connection.execute(sql, parameters).fetchall()
        finally:
            connection.close()

    def rows_when(self, count: int, sql: str, *parameters: Any, seconds: float = 20) -> list[tuple[Any, ...]]:
        """The rows, once there are at least ``count`` of them or the time is over; one more look shows doubles."""
        deadline = time.monotonic() + seconds
        while len(self.rows(sql, *parameters)) < count and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(0.5)
        return self.rows(sql, *parameters)
