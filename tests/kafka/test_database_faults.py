"""A Postgres that is there, but not as it should be: what it refuses is done later and once, and nothing else stops."""

from contextlib import ExitStack

import pytest

from tests.kafka.test_faults import counts, orders, stored
from tests.kafka.workers import Installation, kill, make_topics, read_all, send
from tests.servers.cutting import Cutting
from tests.servers.postgres import Postgres
from tests.servers.postgres_standby import Standby

FATES = ("unanswered", "unheard", "unanswered", "vanished", "unheard")
COUNTED = "SELECT sum(value) FROM ingest_pipelinestat WHERE name = 'records.logs'"


@pytest.fixture
def work(kafka, tmp_path):
    """An installation in a database and its worker, which may come to it by another URL."""
    make_topics(kafka.brokers)
    with ExitStack() as stack:

        def begin(database: str, url: str = "", **more: str) -> Installation:
            installation = Installation(tmp_path, kafka.brokers, database)
            installation.environment |= {"DATABASE_URL": url or database, **more}
            stack.callback(kill, installation.worker())
            return installation

        yield begin


@pytest.fixture
def server():
    """Our own, because it isn't well."""
    made = Postgres().start()
    yield made
    made.remove()


def test_commits_whose_answer_is_lost_count_once(kafka, postgres, work):
    """The worker can't know what became of them; the position in the database does."""
    database, cutting = postgres.fresh(), Cutting(postgres.ports[0], FATES)
    url = database.replace(str(postgres.ports[0]), str(cutting.port))
    installation = work(database, f"{url}?options=-c%20idle_in_transaction_session_timeout%3D2s")
    try:
        for first in range(0, 300, 30):
            send(kafka.brokers, orders(first, 30))
            installation.settle(stored(first))
        installation.settle(stored(300), 120)
        assert not cutting.left
    finally:
        cutting.close()
    assert counts(installation) == (300, 300, 0)
    assert installation.rows(COUNTED) == [(300,)]  # what is added to in the same transactions
    kept = {key for (key,) in installation.rows("SELECT id FROM raw_logs")}
    assert {key for key, _ in read_all(kafka.brokers, "stacklens-enriched")} == kept


def test_a_standby_that_takes_over_is_gone_on_with(kafka, server, work):
    database = server.fresh()
    standby = Standby(server)
    standby.start()
    try:
        both = f"127.0.0.1:{server.ports[0]},127.0.0.1:{standby.ports[0]}"
        name = database.rpartition("/")[2]
        url = f"postgresql://postgres@{both}/{name}?target_session_attrs=read-write"
        installation = work(database, url)
        send(kafka.brokers, orders(0, 100))
        installation.settle(stored(50))
        server.kill()
        send(kafka.brokers, orders(100, 100))
        standby.promote()
        installation.url = f"{standby.base}/{name}"
        installation.settle(stored(200), 120)
        assert counts(installation) == (200, 200, 0)
        assert installation.rows(COUNTED) == [(200,)]
    finally:
        standby.remove()
