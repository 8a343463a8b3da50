"""Templates, daily indices and aliases on a real cluster: made once, kept as they are, dropped when they are old."""

from datetime import UTC, datetime, timedelta

import pytest
from elasticsearch import BadRequestError

from search import indices

DAYS = 7
TODAY = f"stacklens-logs-{datetime.now(UTC):%Y.%m.%d}"


def everything(client):
    """What set-up makes, without what only tells when."""
    made = client.indices.get(index="stacklens-*")
    templates = client.indices.get_index_template(name="stacklens-*")["index_templates"]
    return made.body, sorted((one["name"], str(one["index_template"])) for one in templates)


def test_setup_twice_is_as_good_as_once(cluster):
    said = indices.setup(DAYS)
    first = everything(cluster)
    assert indices.setup(DAYS) == said
    assert everything(cluster) == first
    assert {name.rsplit("-", 1)[0] for name in first[0]} == {"stacklens-logs", "stacklens-spans"}


def test_setup_keeps_what_is_indexed(cluster):
    indices.setup(DAYS)
    cluster.index(index="stacklens-logs-2026.11.01", document={"service": "a"}, refresh=True)
    indices.setup(DAYS)
    assert cluster.count(index="stacklens-logs")["count"] == 1


def test_an_index_of_another_day_makes_itself_from_the_template_even_where_none_may(cluster):
    assert cluster.cluster.get_settings(include_defaults=True, filter_path="defaults.action.auto_create_index")
    indices.setup(DAYS)
    cluster.index(index="stacklens-spans-2026.11.02", document={"service": "a"}, refresh=True)
    found = cluster.indices.get(index="stacklens-spans-2026.11.02")["stacklens-spans-2026.11.02"]
    assert found["aliases"] == {"stacklens-spans": {}}
    assert found["mappings"]["dynamic"] == "false"
    with pytest.raises(BadRequestError):
        cluster.search(index="stacklens-spans", query={"range": {"duration_ms": {"gte": "many"}}})


def test_indices_of_days_before_the_kept_ones_are_dropped_and_others_left_alone(cluster):
    indices.setup(DAYS)
    today = datetime.now(UTC).date()
    names = {age: f"stacklens-logs-{today - timedelta(days=age):%Y.%m.%d}" for age in (6, 7, 8, 400)}
    for name in (*names.values(), "stacklens-logs-archive", "stacklens-logs-2020.01.01-copy"):
        indices.ensure(name)
    assert indices.drop_older_than(DAYS) == [names[400], names[8]]
    assert indices.drop_older_than(DAYS) == []
    left = set(cluster.indices.get(index="stacklens-logs-*"))
    assert left == {TODAY, names[6], names[7], "stacklens-logs-archive", "stacklens-logs-2020.01.01-copy"}


def test_nothing_is_dropped_where_there_is_nothing(cluster):
    assert indices.drop_older_than(DAYS) == []
