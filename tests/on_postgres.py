"""Runs the tests that touch the database once more, on a real Postgres: DATABASE_URL's, else one started for it."""

import os
import subprocess
import sys

import pytest

from tests.servers import Postgres
from tests.tools import ROOT

# Journeys and browsers start products of their own; the servers' tests are about servers.
ELSEWHERE = [f"--ignore=tests/{name}" for name in ("journeys", "browser", "servers")]
KEY = "of-tests-only-" + "0123456789" * 5


def run(url: str) -> int:
    command = [sys.executable, "-m", "pytest", "tests", "-m", "django_db", *ELSEWHERE, *sys.argv[1:]]
    return subprocess.run(command, cwd=ROOT, env={"SECRET_KEY": KEY} | os.environ | {"DATABASE_URL": url}).returncode


def main() -> int:
    if url := os.environ.get("DATABASE_URL"):
        return run(url)
    try:
        server = Postgres(careless=True)
    except (pytest.skip.Exception, pytest.fail.Exception) as missing:
        sys.stderr.write(f"not run on Postgres: {missing}\n")
        return int(isinstance(missing, pytest.fail.Exception))
    try:
        server.start()
        return run(server.url)
    finally:
        server.remove()


if __name__ == "__main__":
    sys.exit(main())
