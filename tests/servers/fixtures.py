"""Session fixtures: one server of each kind, used by all tests, started when the first asks for it.

Tests that run side by side have sets of their own. Where they don't (``make test WORKERS=0``) and the environment names
a server, that one is used; it can't be stopped then. A test that stops or kills a server makes its own:
``Kafka().start()``.
"""

import os
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from tests.servers import Elasticsearch, Jira, Kafka, Postgres, Redis, Server

# The tests of the embedded product run in this process; what the environment names is for the fixtures alone.
GIVEN = {name: os.environ.pop(name, "") for name in ("KAFKA_BROKERS", "ELASTICSEARCH_URL", "REDIS_URL")}


def serve(kind: Callable[[], Server]) -> Iterator[Any]:
    server = kind()
    try:
        yield server.start()
    finally:
        server.remove()


@pytest.fixture(scope="session")
def kafka() -> Iterator[Any]:
    if brokers := GIVEN["KAFKA_BROKERS"]:
        yield SimpleNamespace(brokers=brokers)
    else:
        yield from serve(Kafka)


@pytest.fixture(scope="session")
def elasticsearch() -> Iterator[Any]:
    if url := GIVEN["ELASTICSEARCH_URL"]:
        yield SimpleNamespace(url=url)
    else:
        yield from serve(Elasticsearch)


@pytest.fixture(scope="session")
def redis() -> Iterator[Any]:
    if url := GIVEN["REDIS_URL"]:
        yield SimpleNamespace(url=url)
    else:
        yield from serve(Redis)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """Always our own: tests make and drop databases in it."""
    yield from serve(partial(Postgres, careless=True))


@pytest.fixture(scope="session", params=["cloud", "datacenter"])
def jira_server(request: pytest.FixtureRequest) -> Iterator[Any]:
    server = Jira(request.param)
    try:
        yield server.start()
    finally:
        server.remove()


@pytest.fixture
def jira(jira_server: Any) -> Any:
    """Either kind of site, well and quick; issues of other tests may be in it."""
    jira_server.control(faults=[], lag=0, rate=None, denied=[], person="stacklens")
    return jira_server


@pytest.fixture
def connect():
    """Points our own Elasticsearch client to a URL."""
    from elasticsearch.dsl.connections import connections  # a second to load, for those who need it

    from stacklens_site.elastic import elasticsearch as client_of

    def to(url: str) -> Any:
        connections.configure(default=client_of([url], "", "", "", ""))
        return connections.get_connection("default")

    yield to
    connections.configure()


@pytest.fixture
def cluster(elasticsearch, connect):
    """The client of an Elasticsearch that holds nothing of ours."""
    client = connect(elasticsearch.url)
    for name in client.indices.get(index="stacklens-*", expand_wildcards="all"):
        client.indices.delete(index=name)
    for alias in ("stacklens-logs", "stacklens-spans"):
        client.options(ignore_status=404).indices.delete_index_template(name=alias)
    return client


@pytest.fixture
def own_redis() -> Iterator[Any]:
    """The channel layer's, which a test may stop and start again; who was in a group joins it soon."""
    yield from serve(Redis)


@pytest.fixture
def over_redis(own_redis: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from channels.layers import channel_layers

    from alerts import wake
    from search import bell

    settings.REDIS_URL = own_redis.url
    layer = {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [own_redis.url]}}
    settings.CHANNEL_LAYERS = {"default": layer}
    channel_layers.backends.clear()
    monkeypatch.setattr(bell, "JOIN_SECONDS", 0.5)
    monkeypatch.setattr(wake, "bell", bell.Bell(wake.GROUP))
    yield own_redis
    channel_layers.backends.clear()
