"""The servers that other tests trust: they keep their data through a kill and come back on the same address."""

import json
import urllib.request

import psycopg
import redis
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.servers import Elasticsearch, Kafka, Postgres, Redis


def running(server):
    try:
        yield server.start()
    finally:
        server.remove()


def test_kafka_keeps_what_it_acknowledged_through_a_kill():
    for server in running(Kafka()):
        admin = AdminClient({"bootstrap.servers": server.brokers})
        admin.create_topics([NewTopic("t", 1, 1)])["t"].result(10)
        producer = Producer({"bootstrap.servers": server.brokers, "acks": "all"})
        producer.produce("t", b"value")
        assert producer.flush(10) == 0
        server.kill()
        server.start()
        reader = Consumer({"bootstrap.servers": server.brokers, "group.id": "g", "auto.offset.reset": "earliest"})
        reader.subscribe(["t"])
        message = next(filter(None, (reader.poll(1) for _ in range(30))))
        assert message.value() == b"value"
        reader.close()


def test_postgres_keeps_what_it_committed_through_a_kill_and_fresh_databases_are_empty():
    for server in running(Postgres()):
        url = server.fresh()
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE t AS SELECT 1 AS one")
        server.kill()
        server.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT one FROM t").fetchall() == [(1,)]
        with psycopg.connect(server.fresh()) as connection:
            assert connection.execute("SELECT to_regclass('t')").fetchall() == [(None,)]


def test_elasticsearch_keeps_what_it_indexed_through_a_restart():
    for server in running(Elasticsearch()):
        put(f"{server.url}/things", {"settings": {"number_of_replicas": 0}})
        put(f"{server.url}/things/_doc/1", {"one": 1})
        server.restart()
        with urllib.request.urlopen(f"{server.url}/things/_doc/1", timeout=10) as answer:
            assert json.load(answer)["_source"] == {"one": 1}


def put(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="PUT")
    urllib.request.urlopen(request, timeout=30).close()


def test_redis_answers_again_after_a_kill():
    for server in running(Redis()):
        assert redis.Redis.from_url(server.url).ping()
        server.kill()
        server.start()
        assert redis.Redis.from_url(server.url).ping()
