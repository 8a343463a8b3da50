"""Where records are found: Elasticsearch where it is filled, else the database that keeps them."""

from django.conf import settings
from django.db import connection

from search.backends.backend import COUNTED, READ, SECONDS, Away, Backend, TooLong

__all__ = ["COUNTED", "READ", "SECONDS", "Away", "Backend", "TooLong", "backend", "database"]


def backend() -> Backend:
    if settings.ELASTICSEARCH_URL and settings.KAFKA_BROKERS:
        from search.backends.elastic import Elastic  # costs a second to load, so only where it is used

        return Elastic()
    return database()


def database() -> Backend:
    """The database, which has everything; metric points are nowhere else."""
    if connection.vendor == "postgresql":
        from search.backends.postgres import Postgres

        return Postgres()
    from search.backends.sqlite import SQLite

    return SQLite()
