"""One index a day for logs and one for spans, behind an alias each: templates, making, dropping."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError
from elasticsearch.dsl.connections import get_connection

from search.documents import DOCUMENTS

POLICY = "stacklens"
PRIORITY = 500  # before whatever else may match our names
NO_LIFECYCLE = (400, 403, 404, 405)  # the cluster has no lifecycle management, or none that we may set
DAILY = re.compile(r"stacklens-(?:logs|spans)-(\d{4}\.\d{2}\.\d{2})")
DAY = "%Y.%m.%d"


def client() -> Elasticsearch:
    """The cluster that ELASTICSEARCH_URL names."""
    return get_connection("default")


def setup(retention_days: int) -> list[str]:
    """Templates, lifecycle and today's indices as this version wants them; says what there is now."""
    managed = set_policy(retention_days)
    said = [f"lifecycle policy {POLICY}: indices go after {retention_days} days" if managed else NOT_MANAGED]
    for document in DOCUMENTS.values():
        alias = document._index._name
        client().indices.put_index_template(
            name=alias,
            index_patterns=[f"{alias}-*"],
            priority=PRIORITY,
            template=template(alias, document._index.to_dict(), managed),
            allow_auto_create=True,
        )
        today = f"{alias}-{datetime.now(UTC).strftime(DAY)}"
        ensure(today)
        said.append(f"index template {alias}; today's index {today}, found by the alias {alias}")
    return said


NOT_MANAGED = "the cluster has no lifecycle management: manage.py prune drops old indices"


def set_policy(retention_days: int) -> bool:
    """Whether the cluster itself drops old indices."""
    phases = {"hot": {"actions": {}}, "delete": {"min_age": f"{retention_days}d", "actions": {"delete": {}}}}
    try:
        client().ilm.put_lifecycle(name=POLICY, policy={"phases": phases})
    except ApiError as error:
        if error.status_code in NO_LIFECYCLE:
            return False
        raise
    return True


def template(alias: str, index: dict[str, Any], managed: bool) -> dict[str, Any]:
    settings = index["settings"] | ({"index.lifecycle.name": POLICY} if managed else {})
    return index | {"settings": settings, "aliases": {alias: {}}}


def ensure(name: str) -> None:
    """Make an index from its template, if it isn't there."""
    try:
        client().indices.create(index=name)
    except BadRequestError as error:
        if error.error != "resource_already_exists_exception":
            raise


def daily() -> dict[str, date]:
    """Our indices and their days."""
    patterns = [f"{document._index._name}-*" for document in DOCUMENTS.values()]
    names = client().indices.get(index=patterns, filter_path="*.settings.index.creation_date", expand_wildcards="all")
    found = {name: DAILY.fullmatch(name) for name in names}
    return {name: datetime.strptime(day[1], DAY).replace(tzinfo=UTC).date() for name, day in found.items() if day}


def drops_by_itself() -> bool:
    """Whether the cluster has our lifecycle policy, and so drops old indices without us."""
    try:
        client().ilm.get_lifecycle(name=POLICY)
    except ApiError as error:
        if error.status_code in NO_LIFECYCLE:
            return False
        raise
    return True


def drop_older_than(days: int) -> list[str]:
    """Drop the indices of days before the last ``days``; gives their names."""
    first = datetime.now(UTC).date() - timedelta(days=days)
    dropped = sorted(name for name, day in daily().items() if day < first)
    for name in dropped:
        with suppress(NotFoundError):  # somebody else was quicker
            client().indices.delete(index=name)
    return dropped
