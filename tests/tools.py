"""Programs that a test needs besides Python; what is missing skips the test by name, or fails it where CI=true."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

CACHE = Path(os.environ.get("STACKLENS_CACHE") or Path.home() / ".cache" / "stacklens")


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
