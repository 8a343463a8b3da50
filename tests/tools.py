"""Ports and programs that tests need; what is missing skips a test by name, or fails it where CI=true."""

import os
import random
import shutil
import socket
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[1]
CACHE = Path(os.environ.get("STACKLENS_CACHE") or Path.home() / ".cache" / "stacklens")
LOT = random.SystemRandom()  # what a test seeds is no matter here
GIVEN: set[int] = set()


def free_ports(count: int) -> list[int]:
    """None is given twice, nor lost to a passer-by while its server doesn't listen: they lie below those that the
    kernel gives to connections, and are drawn by lot, so that test runs beside each other hardly meet."""
    found: list[int] = []
    while len(found) < count:
        port = LOT.randrange(10_000, 32_000)
        if port not in GIVEN and is_free(port):
            GIVEN.add(port)
            found.append(port)
    return found


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def program(name: str) -> str:
    """Its path, from the PATH or from what `make test` has fetched."""
    path = shutil.which(name) or shutil.which(name, path=str(CACHE / "bin"))
    return path or missing(name)


def node_packages(folder: Path) -> Path:
    return folder if (folder / "node_modules").is_dir() else missing("node packages of " + folder.name)


def missing(name: str) -> NoReturn:
    text = f"{name} is not here; `make test` gets it where it can"
    if os.environ.get("CI") == "true":
        pytest.fail(text)
    pytest.skip(text)
