"""What /readyz and the system page say of the servers that are named: there, away, or silent."""

import socket
import time

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from ingest import parts, stats
from tests.tools import free_ports

pytestmark = pytest.mark.django_db(databases={"default", settings.QUEUE_DATABASE})

DATABASES = dict.fromkeys(settings.DATABASES, "ok")


@pytest.fixture(autouse=True)
def _nothing_known():
    parts.asked.clear()
    parts.admin.cache_clear()
    yield
    parts.admin.cache_clear()


@pytest.fixture
def named(settings, connect):
    """Names three servers at these addresses."""

    def at(kafka, elasticsearch, redis):
        settings.KAFKA_BROKERS, settings.KAFKA_CLIENT = [kafka], {"bootstrap.servers": kafka}
        settings.ELASTICSEARCH_URL, settings.REDIS_URL = elasticsearch, redis
        connect(elasticsearch)

    return at


@pytest.fixture
def panel(django_user_model):
    client = Client()
    client.force_login(django_user_model.objects.create_user("u"))

    def text():
        return " ".join(client.get("/system/panel/").content.decode().split())

    return text


def test_on_the_embedded_default_there_are_no_other_parts(client, panel):
    assert client.get("/readyz").json() == {"status": "ok", "parts": DATABASES}
    assert not {"Indexer", "Elasticsearch", "Redis", "Kafka"} & set(panel().split())


def test_servers_that_are_there_are_well(client, panel, named, kafka, cluster, elasticsearch, redis):
    named(kafka.brokers, elasticsearch.url, redis.url)
    ready = client.get("/readyz").json()
    assert ready == {
        "status": "ok",
        "parts": {**DATABASES, "kafka": "ok", "elasticsearch": "ok", "redis": "ok"},
    }
    stats.write(timezone.now(), {"indexer.lag": 1234})
    shown = panel()
    assert f"<em>ok</em> <span>Kafka at {kafka.brokers}: 1 broker</span>" in shown
    assert "<b>Elasticsearch</b> <em>ok</em> <span>green</span>" in shown
    assert "<b>Redis</b> <em>ok</em> <span>answers</span>" in shown
    assert "<b>Indexer</b> <em>ok</em> <span>1,234 messages wait to be indexed</span>" in shown
    assert "<b>Worker</b> <em>down</em>" in shown  # the indexer's figures are not its


def test_servers_that_are_gone_are_named_and_we_stay_ready(client, panel, named):
    ports = free_ports(3)
    named(f"127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}", f"redis://:hunter2@127.0.0.1:{ports[2]}/0")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    said = answer.json()["parts"]
    assert all(said[name].startswith("does not answer") for name in ("kafka", "elasticsearch", "redis"))
    assert "hunter2" not in answer.content.decode()
    shown = panel()
    assert "<b>Elasticsearch</b> <em>down</em> <span>does not answer" in shown
    assert "<b>Queue</b> <em>down</em>" in shown
    assert "<b>Indexer</b> <em>down</em> <span>no figures for 30 s: is run_indexer running?</span>" in shown


def test_servers_that_take_connections_and_say_nothing_hold_up_nobody(client, named):
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        named(address, f"http://{address}", f"redis://{address}/0")
        began = time.monotonic()
        said = client.get("/readyz").json()["parts"]
        assert time.monotonic() - began < 10 * parts.WAIT_SECONDS
        assert all(said[name].startswith("does not answer") for name in ("kafka", "elasticsearch", "redis"))
