"""Values of ours as rows of a statement, so that it is one statement however many there are.

Ids go as text here, as the database or ``hex`` writes them: making UUIDs of them costs more than all the rest.
"""

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import QuerySet, TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast

# Postgres and SQLite call the same things by two names
IDS = {
    "postgresql": "SELECT value::uuid FROM json_array_elements_text(%s::json)",
    "sqlite": "SELECT value FROM json_each(%s)",
}
TEXTS = IDS | {"postgresql": "SELECT value FROM json_array_elements_text(%s::json)"}


def keys(rows: QuerySet[Any]) -> list[str]:
    return list(rows.values_list(Cast("pk", TextField()), flat=True))


def given(ids: Iterable[str]) -> RawSQL:
    """For ``pk__in=``."""
    return RawSQL(IDS[connection.vendor], [json.dumps(list(ids))])  # noqa: S611 - our own text


def given_texts(texts: Iterable[str]) -> RawSQL:
    return RawSQL(TEXTS[connection.vendor], [json.dumps(list(texts))])  # noqa: S611 - our own text
