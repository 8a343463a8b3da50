"""Carries an embedded installation into Postgres, table by table, and holds the two against each other.

Each batch is one transaction with the note of how far it goes, so a move that was cut off goes on where it was. Rows
keep their keys, those of content types and permissions too, which a fresh database numbers in its own way.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, connections, transaction
from django.db.models import Field, Model

from ingest.transport.router import QUEUE_MODELS
from stacklens_site.database import sqlite
from telemetry.storable import storable

ROWS = 2000  # in one transaction
NOTES = "move_data_progress"
MADE_BY_MIGRATE = (ContentType, Permission, Group, Group.permissions.through)  # replaced by the source's rows
EXACT = 2**53  # beyond it databases differ in how they write a number in JSON

Say = Callable[[str], None]
Row = Sequence[Any]


class Refused(Exception):
    """Why nothing is moved."""


def open_source(data_dir: Path) -> None:
    """Make the embedded files known as the databases ``embedded`` and ``embedded_queue``."""
    for alias, file in (("embedded", "stacklens.sqlite3"), ("embedded_queue", "queue.sqlite3")):
        if not (data_dir / file).is_file():
            raise Refused(f"STACKLENS_DATA_DIR: there is no {file} in {data_dir}")
        made = {"default": connections.settings["default"], alias: sqlite(data_dir / file)}
        connections.settings[alias] = connections.configure_settings(made)[alias]


def tables() -> list[type[Model]]:
    """Everything that is kept; whom others refer to first."""
    found = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    ordered: list[type[Model]] = []

    def add(model: type[Model]) -> None:
        if model in ordered:
            return
        for field in model._meta.concrete_fields:
            if (other := field.related_model) and other is not model:
                add(other)
        ordered.append(model)

    for model in found:
        add(model)
    return ordered


def source_of(model: type[Model]) -> str:
    return "embedded_queue" if model._meta.model_name in QUEUE_MODELS else "embedded"


def move(say: Say) -> None:
    prepare(say)
    for model in tables():
        move_table(model, say)
    for statement in connection.ops.sequence_reset_sql(no_style(), tables()):
        with connection.cursor() as cursor:
            cursor.execute(statement)
    if wrong := [model._meta.db_table for model in tables() if not same(model, say)]:
        raise Refused(f"not the same in both: {', '.join(wrong)}. Was something running? Empty Postgres and move again")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {NOTES}")


def prepare(say: Say) -> None:
    """An empty target is made ready; one with our notes in it is gone on with; any other is refused."""
    with connection.cursor() as cursor:
        if NOTES in connection.introspection.table_names(cursor):
            say("going on with the move that was begun")
            return
        for model in tables():
            if model not in MADE_BY_MIGRATE and (count := model._default_manager.count()):
                raise Refused(f"the Postgres database is not empty: {count} rows in {model._meta.db_table}")
        with transaction.atomic():
            cursor.execute(f"CREATE TABLE {NOTES} (name text PRIMARY KEY, last text NOT NULL)")
            for model in reversed(MADE_BY_MIGRATE):
                cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608 - our own table's name


def move_table(model: type[Model], say: Say) -> None:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT last FROM {NOTES} WHERE name = %s", [table])  # noqa: S608 - our own table's name
        last = found[0] if (found := cursor.fetchone()) else None
    total, moved = model._default_manager.using(source_of(model)).count(), model._default_manager.count()
    for rows in batches(model, last):
        with transaction.atomic(), connection.cursor() as cursor:
            copy(cursor, model, [written(model, row) for row in rows])
            cursor.execute(
                f"INSERT INTO {NOTES} VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET last = excluded.last",  # noqa: S608
                [table, str(key_of(model, rows[-1]))],
            )
        moved += len(rows)
        say(f"{table}: {moved:,} of {total:,}")


def batches(model: type[Model], last: Any, alias: str = "") -> Iterator[list[Row]]:
    """All rows behind ``last`` in the order of their keys."""
    rows = model._default_manager.using(alias or source_of(model)).order_by("pk").values_list(*names(model))
    while batch := list((rows.filter(pk__gt=last) if last is not None else rows)[:ROWS]):
        yield batch
        last = key_of(model, batch[-1])


def copy(cursor: Any, model: type[Model], rows: Sequence[tuple[Any, ...]]) -> None:
    """Of any model; records as they come have a way of their own (search/store.py)."""
    quoted = connection.ops.quote_name
    target = f"{quoted(model._meta.db_table)} ({', '.join(map(quoted, columns(model)))})"
    with connection.wrap_database_errors, cursor.copy(f"COPY {target} FROM STDIN") as copying:
        for row in rows:
            copying.write_row(row)


def fields(model: type[Model]) -> "list[Field[Any, Any]]":
    return list(model._meta.concrete_fields)


def columns(model: type[Model]) -> list[str]:
    return [field.column for field in fields(model) if field.column]


def names(model: type[Model]) -> list[str]:
    return [field.attname for field in fields(model)]


def key_of(model: type[Model], row: Row) -> Any:
    return row[names(model).index(model._meta.pk.attname)]


def written(model: type[Model], row: Row) -> tuple[Any, ...]:
    return tuple(
        field.get_db_prep_save(storable(value), connection) for field, value in zip(fields(model), row, strict=True)
    )


def same(model: type[Model], say: Say) -> bool:
    """Whether both hold the same rows: as many, and of the same sum."""
    here, there = summed(model, "default"), summed(model, source_of(model))
    say(f"{model._meta.db_table}: {here[0]:,} rows {'are the same' if here == there else f'DIFFER, were {there[0]:,}'}")
    return here == there


def summed(model: type[Model], alias: str) -> tuple[int, int]:
    """How many rows, and a checksum in which their order doesn't show."""
    count = total = 0
    for rows in batches(model, None, alias):
        for row in rows:
            digest = hashlib.sha256(repr([plain(value) for value in row]).encode()).digest()
            total = (total + int.from_bytes(digest[:8], "big")) % 2**64
        count += len(rows)
    return count, total


def plain(value: Any) -> Any:
    """A value without what databases may differ in: how numbers in JSON and bytes are written, the order of keys."""
    if isinstance(value, dict | list):
        return json.dumps(number(storable(value)), sort_keys=True)
    return bytes(value) if isinstance(value, memoryview) else storable(value)


def number(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: number(item) for key, item in value.items()}
    if isinstance(value, list):
        return [number(item) for item in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return int(value) if abs(value) < EXACT and value == int(value) else float(value)
