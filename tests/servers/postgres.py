"""Postgres: a cluster of its own; ``fresh`` makes an empty database in it."""

import signal
import subprocess
import uuid

import psycopg

from tests.servers.server import Server, installed
from tests.tools import missing

CARELESS = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "4GB"}


class Postgres(Server):
    """``url`` names the database postgres, ``fresh()`` a new empty one. ``stop`` is a fast shutdown.

    ``careless`` about power cuts, but not about kills: nothing waits for the disk.
    """

    name = "postgres"
    user = group = "postgres"

    def __init__(self, careless: bool = False) -> None:
        self.careless = careless
        super().__init__()

    def place(self) -> None:
        """Where its data will lie."""
        self.home = installed("postgres")
        self.base = f"postgresql://postgres@127.0.0.1:{self.ports[0]}"
        self.url = f"{self.base}/postgres"
        self.data = self.folder / "data"
        self.data.mkdir()
        self.data.chmod(0o700)
        self.give_to_user(self.folder)

    def prepare(self) -> None:
        self.place()
        made = subprocess.run(
            [*self.as_user(), str(self.home / "initdb"), "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E",
             "UTF8", "--locale=C.UTF-8", "--no-sync"],
            capture_output=True, text=True, cwd=self.folder,
        )  # fmt: skip
        if made.returncode:
            missing(f"postgres ({made.stderr.strip()[-300:]})")

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.ports[0],
            "unix_socket_directories": "",
            "max_connections": 200,
        } | (CARELESS if self.careless else {})
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.home / "postgres"), "-D", str(self.data), *options]

    def ready(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        self.end(signal.SIGINT)

    def fresh(self) -> str:
        name = f"stacklens_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return f"{self.base}/{name}"
