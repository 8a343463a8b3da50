"""Ports and programs that tests need; what is missing skips a test by name, or fails it where CI=true."""

import os
import shutil
import socket
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[1]
CACHE = Path(os.environ.get("STACKLENS_CACHE") or Path.home() / ".cache" / "stacklens")


def free_ports(count: int) -> list[int]:
    """Held until all are known, so that none is given twice."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


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
