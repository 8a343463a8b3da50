"""Each server with TLS and credentials, named by the environment alone; wrong ones are said in words."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import psycopg
import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from stacklens_site.kafka import client as kafka_client
from tests.ingest.indexing import ask, until
from tests.kafka.workers import Installation, read_all
from tests.servers.secured import PASSWORD, USER, Guarding, SecuredKafka, SecuredPostgres, SecuredRedis
from tests.started import environment
from tests.tools import ROOT

MECHANISMS = ("PLAIN", "SCRAM-SHA-512")
LOG = {"timestamp": "2026-01-01T00:00:00Z", "service": "shop", "level": "info", "message": "over TLS"}


def served(server):
    try:
        yield server.start()
    finally:
        server.remove()


@pytest.fixture(scope="module")
def secured_kafka():
    yield from served(SecuredKafka())


@pytest.fixture(scope="module")
def secured_postgres():
    yield from served(SecuredPostgres())


@pytest.fixture(scope="module")
def secured_redis():
    yield from served(SecuredRedis())


def variables(kafka, mechanism, password=PASSWORD):
    return {
        "KAFKA_SECURITY_PROTOCOL": "sasl_ssl",
        "KAFKA_SASL_MECHANISM": mechanism,
        "KAFKA_SASL_USERNAME": USER,
        "KAFKA_SASL_PASSWORD": password,
        "KAFKA_SSL_CA_LOCATION": str(kafka.certificates.authority),
    }


def manage(directory, *command, **more):
    ran = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=environment(directory, SECRET_KEY="x" * 60, **more),
        capture_output=True,
        text=True,
        timeout=120,
    )
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_door_worker_and_topics_work_with_kafka_over_sasl_ssl(
    secured_kafka, postgres, tmp_path, settings, monkeypatch, mechanism
):
    asked = variables(secured_kafka, mechanism)
    code, said = manage(tmp_path, "create_topics", KAFKA_BROKERS=secured_kafka.secured, **asked)
    assert code == 0, said
    installation = Installation(tmp_path, secured_kafka.secured, postgres.fresh(), {"issues": [], "rules": []}, **asked)
    for name, value in asked.items():
        monkeypatch.setenv(name, value)
    settings.KAFKA_CLIENT = kafka_client([secured_kafka.secured])
    from ingest.transport.kafka import KafkaProducer

    producer = KafkaProducer()
    producer.append("otel-logs", json.dumps(LOG | {"message": mechanism}).encode(), {}).result(20)
    producer.close()
    installation.manage("run_consumer", "--until-idle")
    assert (mechanism,) in installation.rows("SELECT message FROM raw_logs")
    assert read_all(secured_kafka.brokers, "stacklens-enriched")  # the outlet too


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_kafka_refuses_a_wrong_password_in_words(secured_kafka, tmp_path, mechanism):
    code, said = manage(
        tmp_path, "create_topics", KAFKA_BROKERS=secured_kafka.secured, **variables(secured_kafka, mechanism, "wrong")
    )
    assert code == 1
    assert "uthentication failed" in said


def test_kafka_with_an_unknown_authority_is_said_in_words(secured_kafka, tmp_path):
    unknown = variables(secured_kafka, "PLAIN") | {"KAFKA_SSL_CA_LOCATION": ""}
    code, said = manage(tmp_path, "create_topics", KAFKA_BROKERS=secured_kafka.secured, **unknown)
    assert code == 1
    assert "certificate verify failed" in said


def test_a_worker_says_why_kafka_refuses_it(secured_kafka, postgres, tmp_path):
    wrong = variables(secured_kafka, "SCRAM-SHA-512", "wrong")
    installation = Installation(tmp_path, secured_kafka.secured, postgres.fresh(), {"issues": [], "rules": []}, **wrong)
    process = installation.worker()
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(12)  # it goes on trying
        assert "uthentication failed" in installation.said()
    finally:
        process.kill()
        process.wait(10)


def test_postgres_with_sslmode_require_and_a_password(secured_postgres, tmp_path):
    with psycopg.connect(secured_postgres.url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'")
        connection.execute(f"CREATE DATABASE ours OWNER {USER}")
    address = f"127.0.0.1:{secured_postgres.ports[0]}/ours"
    url = f"postgresql://{USER}:{PASSWORD}@{address}"
    authority = secured_postgres.certificates.authority
    authority.parent.chmod(0o700)
    code, said = manage(tmp_path, "bootstrap", DATABASE_URL=f"{url}?sslmode=require")
    assert code == 0, said
    code, said = manage(tmp_path, "prune", DATABASE_URL=f"{url}?sslmode=verify-full&sslrootcert={authority}")
    assert code == 0, said
    code, said = manage(tmp_path, "prune", DATABASE_URL=f"{url}?sslmode=disable")
    assert (code, "rejects connection" in said) == (1, True)
    code, said = manage(tmp_path, "prune", DATABASE_URL=f"postgresql://{USER}:wrong@{address}?sslmode=require")
    assert (code, "password authentication failed" in said) == (1, True)
    code, said = manage(tmp_path, "bootstrap", POSTGRES_URL=f"postgresql://{USER}:wrong@{address}?sslmode=require")
    assert (code, len(said.strip().splitlines())) == (1, 1 + said.count("psycopg.pool"))
    assert said.splitlines()[-1].startswith("CommandError: POSTGRES_URL: connection")
    assert "password authentication failed" in said.splitlines()[-1]


def test_redis_with_tls_and_a_password_wakes_pages(secured_redis, tmp_path):
    script = """
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
layer = get_channel_layer()
async def there_and_back():
    await layer.send("a", {"type": "woken"})
    print(await layer.receive("a"))
async_to_sync(there_and_back)()
from ingest import parts
print(parts.states())
"""
    code, said = manage(tmp_path, "shell", "-c", script, REDIS_URL=secured_redis.url)
    assert code == 0, said
    assert "{'type': 'woken'}" in said
    assert "said='answers'" in said
    with pytest.raises(AuthenticationError), Redis.from_url(secured_redis.url_with("wrong")) as wrong:
        wrong.ping()
    _, said = manage(tmp_path, "shell", "-c", script, REDIS_URL=secured_redis.url_with("wrong"))
    assert "AuthenticationError" in said


def test_elasticsearch_over_tls_with_an_api_key(cluster, elasticsearch, kafka, tmp_path):
    guarding = Guarding(elasticsearch.url, tmp_path, "the-key")
    known = {
        "KAFKA_BROKERS": kafka.brokers,
        "ELASTICSEARCH_URL": guarding.url,
        "ELASTICSEARCH_CA_CERTS": str(guarding.certificates.authority),
    }
    try:
        code, said = manage(tmp_path, "setup_search", **known, ELASTICSEARCH_API_KEY="the-key")
        assert code == 0, said
        code, said = manage(tmp_path, "setup_search", **known, ELASTICSEARCH_API_KEY="another")
        assert (code, "unable to authenticate" in said) == (1, True)
        unknown = known | {"ELASTICSEARCH_CA_CERTS": ""}
        code, said = manage(tmp_path, "setup_search", **unknown, ELASTICSEARCH_API_KEY="the-key")
        assert (code, "certificate verify failed" in said.lower().replace("_", " ")) == (1, True)
    finally:
        guarding.close()


def test_worker_indexer_and_notifier_work_where_every_server_is_secured(
    secured_kafka, secured_postgres, secured_redis, elasticsearch, cluster, tmp_path, settings, monkeypatch
):
    asked = variables(secured_kafka, "SCRAM-SHA-512")
    guarding = Guarding(elasticsearch.url, tmp_path, "the-key")
    asked |= {
        "ELASTICSEARCH_URL": guarding.url,
        "ELASTICSEARCH_CA_CERTS": str(guarding.certificates.authority),
        "ELASTICSEARCH_API_KEY": "the-key",
        "REDIS_URL": secured_redis.url,
    }
    match = {"type": "match", "query": "level:error", "config": {}, "group_by": ["service"], "severity": "error"}
    log = LOG | {"timestamp": datetime.now(UTC).isoformat(), "level": "error", "message": "sealed"}
    rules = {"issues": [], "rules": [{"slug": "failed", "name": "Failed", **match}]}
    try:
        code, said = manage(tmp_path, "setup_search", KAFKA_BROKERS=secured_kafka.secured, **asked)
        assert code == 0, said
        database = f"{secured_postgres.fresh()}?sslmode=require"
        installation = Installation(tmp_path / "all", secured_kafka.secured, database, rules, **asked)
        installation.manage("create_topics")
        for name, value in asked.items():
            monkeypatch.setenv(name, value)
        settings.KAFKA_CLIENT = kafka_client([secured_kafka.secured])
        from ingest.transport.kafka import KafkaProducer

        producer = KafkaProducer()
        producer.append("otel-logs", json.dumps(log).encode(), {}).result(20)
        producer.close()
        for command in ("run_consumer", "run_indexer", "run_notifier"):
            installation.manage(command, "--until-idle")
        ((alert,),) = installation.rows("SELECT id FROM alerts")
        assert str(alert) in [key for key, _ in read_all(secured_kafka.brokers, "stacklens-alerts")]
        ask(f"{elasticsearch.url}/stacklens-logs/_refresh")
        found = ask(f"{elasticsearch.url}/stacklens-logs/_search?q=message_tokens:sealed")["hits"]["hits"]
        assert [hit["_source"]["service"] for hit in found] == ["shop"]
    finally:
        guarding.close()


def test_an_indexer_says_why_kafka_refuses_it(secured_kafka, secured_postgres, elasticsearch, tmp_path):
    wrong = variables(secured_kafka, "SCRAM-SHA-512", "wrong") | {"ELASTICSEARCH_URL": elasticsearch.url}
    installation = Installation(tmp_path, secured_kafka.secured, secured_postgres.fresh(), **wrong)
    with (tmp_path / "said.log").open("ab") as output:
        process = installation.start("run_indexer", stdout=output, stderr=subprocess.STDOUT)
    try:
        until(lambda: "uthentication failed" in (tmp_path / "said.log").read_text(), 30)
        assert process.poll() is None  # it goes on trying
    finally:
        process.kill()
        process.wait(10)
