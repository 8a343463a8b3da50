"""The whole way on real servers: telemetrygen -> Collector -> Kafka -> worker -> Postgres, and on to Elasticsearch."""

import subprocess

import pytest

from tests.chaos.verify import identifiers, refresh
from tests.chaos.world import World, until
from tests.servers import Collector
from tests.tools import program

COUNT = 500
SERVICE = "telemetrygen-backbone"
# a trace of telemetrygen is a parent and one child
STORED = {"logs": ("raw_logs", COUNT), "traces": ("spans", 2 * COUNT), "metrics": ("metric_points", COUNT)}
INDEXED = {"raw_logs": "stacklens-logs", "spans": "stacklens-spans"}


@pytest.fixture(scope="module")
def world():
    made = World()
    try:
        made.start()
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def collector(world):
    running = Collector(KAFKA_BROKERS=world.kafka.brokers)
    try:
        yield running.start()
    finally:
        running.remove()


def generate(collector: Collector, signal: str) -> None:
    command = [program("telemetrygen"), signal, f"--{signal}={COUNT}", "--workers=1", "--rate=0", "--otlp-insecure",
               f"--otlp-endpoint=127.0.0.1:{collector.grpc}", f"--service={SERVICE}"]  # fmt: skip
    sent = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert sent.returncode == 0, sent.stderr


def ids(world: World, table: str) -> list[str]:
    with world.reading() as read:
        return [row[0] for row in read(f"SELECT id FROM {table} WHERE service = '{SERVICE}'")]  # noqa: S608 - our own


@pytest.mark.parametrize("signal", list(STORED))
def test_what_telemetrygen_sent_is_there_once(world, collector, signal):
    table, count = STORED[signal]
    generate(collector, signal)
    until(f"{count} in {table}", lambda: len(ids(world, table)) >= count, 90, world)
    stored = ids(world, table)
    assert (len(stored), len(set(stored))) == (count, count)
    if alias := INDEXED.get(table):

        def indexed() -> bool:
            refresh(world.elasticsearch.url, alias)
            return len(identifiers(world.elasticsearch.url, alias)) >= count

        until(f"{count} behind {alias}", indexed, 90, world)
        assert sorted(identifiers(world.elasticsearch.url, alias)) == sorted(stored)
