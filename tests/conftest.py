"""Empty databases to copy, and doors that run on copies of them."""

import shutil
from pathlib import Path

import pytest
from django.db import connection

from tests.ingest.receiver import Receiver
from tests.started import manage

OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """As pytest-django has it; but at the end Postgres lets go of what threads of tests still hold."""
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(OTHERS)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with empty databases; copy it, don't use it."""
    data_dir = tmp_path_factory.mktemp("migrated")
    manage(data_dir, "migrate", "--verbosity=0")
    manage(data_dir, "migrate", "--verbosity=0", "--database=queue")
    return data_dir


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
