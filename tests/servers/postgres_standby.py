"""A second Postgres that follows a first one and takes its place."""

import subprocess

import psycopg

from tests.servers.postgres import Postgres


class Standby(Postgres):
    """``promote`` makes it the one that is written to."""

    def __init__(self, primary: Postgres) -> None:
        self.primary = primary
        super().__init__()

    def prepare(self) -> None:
        self.place()
        subprocess.run(
            [*self.as_user(), str(self.home / "pg_basebackup"), "-d", self.primary.base, "-D", str(self.data), "-R",
             "-X", "stream", "-c", "fast", "--no-sync"],
            check=True, capture_output=True, cwd=self.folder,
        )  # fmt: skip

    def promote(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SELECT pg_promote()")
