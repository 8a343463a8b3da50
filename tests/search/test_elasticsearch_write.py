"""Bulk requests to a real cluster: each document is created once, or told apart."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from search import indices
from search.bulk import line
from search.write import Away, prepare, write
from tests.servers.refusing import Refusing
from tests.tools import free_ports

NOW = datetime.now(UTC)
ALIAS = "stacklens-logs"


def logs(*fields, start=0):
    at = f"{NOW:%Y-%m-%dT%H:%M:%S}.000000Z"
    shared = {"signal": "logs", "timestamp": at, "received_at": at, "service": "a", "message": "m", "attrs": {}}
    return [
        line(b"r%d" % number, json.dumps(shared | more).encode(), NOW.date(), number)
        for number, more in enumerate(fields, start)
    ]


def count(cluster):
    cluster.indices.refresh(index=ALIAS)
    return cluster.count(index=ALIAS)["count"]


@pytest.fixture
def refusing(elasticsearch):
    proxy = Refusing(elasticsearch.url)
    yield proxy
    proxy.close()


def test_a_document_that_is_sent_twice_is_there_once(cluster):
    prepare(7)
    assert write(logs({}, {}))[:2] == (2, 0)
    again = write(logs({}, {"message": "other"}, {}))
    assert (again.created, again.known, again.again, again.refused) == (1, 2, [], [])
    assert count(cluster) == 3
    assert cluster.get(index=f"{ALIAS}-{NOW:%Y.%m.%d}", id="r1")["_source"]["message"] == "m"


def test_a_document_that_does_not_fit_the_mapping_is_refused_and_the_others_are_written(cluster):
    prepare(7)
    bad = {"service": {"name": "a"}}
    written = write(logs({}, bad, {}))
    assert (written.created, written.again) == (2, [])
    assert [(line.place, "service" in error) for line, error in written.refused] == [(1, True)]
    assert count(cluster) == 2


def test_a_time_that_elasticsearch_cannot_hold_is_refused_by_itself(cluster):
    prepare(7)
    written = write(logs({}, {"timestamp": "1600-01-01T00:00:00.000000Z"}))
    assert (written.created, [line.place for line, _ in written.refused]) == (1, [1])


def test_an_index_that_does_not_exist_is_no_fault_of_the_documents(cluster):
    written = write(logs({}, {}))  # nothing was prepared
    assert (written.created, len(written.again), written.refused, written.no_index) == (0, 2, [], True)


def test_a_clock_in_the_year_2199_makes_no_index(cluster):
    prepare(7)
    before = set(cluster.indices.get(index="*"))
    assert write(logs({"timestamp": "2199-01-01T00:00:00.000000Z"})).created == 1
    assert set(cluster.indices.get(index="*")) == before


def test_an_index_that_takes_nothing_for_now_gives_all_back(cluster):
    prepare(7)
    index = f"{ALIAS}-{NOW:%Y.%m.%d}"
    cluster.indices.put_settings(index=index, settings={"index.blocks.read_only_allow_delete": True})
    assert len(write(logs({}, {})).again) == 2
    cluster.indices.put_settings(index=index, settings={"index.blocks.read_only_allow_delete": None})
    assert write(logs({}, {})).created == 2
    cluster.indices.close(index=index)
    assert len(write(logs({}, {}, {})).again) == 3


def test_what_an_overloaded_cluster_refuses_comes_back_until_all_is_there(cluster, connect, refusing):
    prepare(7)
    connect(refusing.url)
    refusing.share = 0.7
    created = whole = single = 0
    for start in range(0, 200, 10):
        left = logs(*[{}] * 10, start=start)
        while left:
            try:
                written = write(left)
            except Away:
                whole += 1
                continue
            assert (written.known, written.refused) == (0, [])
            single += len(written.again)
            created, left = created + written.created, written.again
    assert created == 200
    assert min(whole, single) > 5
    assert count(cluster) == 200


def test_documents_that_are_too_large_for_one_request_go_in_several(cluster):
    """A node takes requests of a tenth of its memory, and would refuse a larger one for ever."""
    prepare(7)
    huge = logs(*[{"message": "x" * 2**20, "pattern": str(number)} for number in range(60)])
    assert sum(len(line.body) for line in huge) > 52 * 2**20
    written = write(huge)
    assert (written.created, written.refused, written.again) == (60, [], [])


def test_a_cluster_that_is_not_there_is_away(connect):
    (port,) = free_ports(1)
    connect(f"http://127.0.0.1:{port}")
    for ask in (lambda: write(logs({})), lambda: prepare(7)):
        with pytest.raises(Away, match="Connection") as raised:
            ask()
        assert not raised.value.denied


def test_old_records_lie_in_the_index_of_their_day(cluster):
    prepare(7)
    yesterday = NOW - timedelta(days=1)
    assert write(logs({"timestamp": f"{yesterday:%Y-%m-%d}T00:00:00.000000Z"})).created == 1
    cluster.indices.refresh(index=ALIAS)
    assert cluster.count(index=f"{ALIAS}-{yesterday:%Y.%m.%d}")["count"] == 1
    assert indices.daily()[f"{ALIAS}-{yesterday:%Y.%m.%d}"] == yesterday.date()
