"""Real servers for tests, each on free ports of 127.0.0.1 with a folder of its own: ``SERVERS`` lists them."""

from tests.servers.collector import Collector
from tests.servers.elasticsearch import Elasticsearch
from tests.servers.jira import Jira
from tests.servers.kafka import Kafka
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis
from tests.servers.server import Server

SERVERS: tuple[type[Server], ...] = (Kafka, Postgres, Elasticsearch, Redis, Collector)

__all__ = ["SERVERS", "Collector", "Elasticsearch", "Jira", "Kafka", "Postgres", "Redis", "Server"]
