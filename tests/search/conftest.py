"""An Elasticsearch that holds nothing of ours, and the client that our code asks for."""

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.dsl.connections import connections

from search.documents import DOCUMENTS
from stacklens_site.elastic import elasticsearch as client_of


@pytest.fixture
def connect():
    """Points our code to a URL."""

    def to(url: str) -> Elasticsearch:
        connections.configure(default=client_of([url], "", "", "", ""))
        return connections.get_connection("default")

    yield to
    connections.configure()


@pytest.fixture
def cluster(elasticsearch, connect):
    client = connect(elasticsearch.url)
    for name in client.indices.get(index="stacklens-*", expand_wildcards="all"):
        client.indices.delete(index=name)
    for alias in DOCUMENTS:
        client.options(ignore_status=404).indices.delete_index_template(name=f"stacklens-{alias}")
    return client
