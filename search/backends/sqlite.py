"""SQLite: the query language itself is called for what SQL can't say, so every condition is exact.

A leaf that has no plain SQL becomes a function of its column; FTS5 and plain searches for a piece of text keep it from
being called for most rows.
"""

import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.db import connection

from query.ast import Equals, Exists, Leaf, Range, Regex, Wildcard, Words
from query.fields import DYNAMIC, Field, leaves
from query.match import any_leaf, as_number, value_test
from query.text import word_char
from query.witness import longest_run, mandatory
from search import words
from search.backends.backend import SECONDS, Slices, TooLong
from search.backends.bounds import Bounds, Under, exactly
from search.backends.sql import (
    FALSE,
    TRUE,
    Sql,
    SqlBackend,
    all_of,
    any_of,
    comparisons,
    equals,
    in_range,
    table,
    there,
    told,
)
from search.search import moment
from telemetry.records import LEVELS

MANY = 10_000  # rows with a word, from which on the index is not begun with
STEPS = 20_000  # of SQLite's machine between two looks at the clock
LENGTHS = ((86400, 10), (3600, 13), (60, 16), (1, 19))  # of a time's text: day, hour, minute, second
INSIDE = "(timestamp >= %s AND timestamp < %s)"
NUMBERS = {"duration_ms": "duration_ns / 1e6"}


# A connection knows a function by its name for as long as it lives, so names come round again.
NAMES = itertools.cycle([f"leaf_{number}" for number in range(4096)])


class SQLite(SqlBackend):
    def leaf(self, node: Leaf, field: Field, signal: str, under: Under) -> Bounds[Sql]:
        return exactly(self.condition(node, field, signal))

    def condition(self, node: Leaf, field: Field, signal: str) -> Sql:
        if field.kind == DYNAMIC:
            return self.attribute(node)
        if isinstance(node, Range):
            return in_range(node, field, NUMBERS.get(field.name, field.name), self.time)
        if isinstance(node, Equals):
            return all_of([*found_by_trace(node, signal), equals(node)])
        if isinstance(node, Exists):
            return there(field)
        if (signal, field.name) == ("logs", "message") and (found := by_words(node)):
            return found
        test = value_test(node, field.kind, lambda value: value)
        found = self.function(test, field.name)
        if isinstance(node, Words) and len(node.words) > 1:
            found = any_of([between_blanks(field.name, node.words), found])
        return all_of([*self.fewer(node, field, signal), found])

    def attribute(self, node: Leaf) -> Sql:
        path = node.field.split(".", 1)[1]
        test = any_leaf(node, lambda text: leaves(msgspec.json.decode(text), path))
        # the last part of the path ends a key, however it is nested
        key = f'{escaped(path.rsplit(".", 1)[-1])}"'
        found = self.function(test, "attrs")
        if isinstance(node, Range):
            found = number_or(found, path, node)
        return all_of([has("attrs", key), *literal(node), found])

    def fewer(self, node: Leaf, field: Field, signal: str) -> list[Sql]:
        """Conditions that cost little and hold wherever the leaf does."""
        if isinstance(node, Words) and (signal, field.name) == ("logs", "message"):
            return [matching(" AND ".join(f'"{word}"' for word in sorted(set(node.words))))]
        if isinstance(node, Wildcard) and field.kind != "text" and "\\" not in node.pattern:
            return [has(field.name, longest_run(node.pattern))]
        if isinstance(node, Regex) and "(?" not in node.pattern:
            return [has(field.name, run)] if (run := mandatory(node.pattern)) else []
        return []

    def function(self, test: Callable[[Any], bool], column: str) -> Sql:
        name = next(NAMES)
        connection.ensure_connection()
        connection.connection.create_function(name, 1, test, deterministic=True)
        return Sql(f"{name}({column})")

    def time(self, nanoseconds: int) -> str:
        return written(moment(nanoseconds))

    def histogram(self, signal: str, found: Bounds[Sql], by: str, seconds: int) -> tuple[Slices, bool]:
        if signal == "logs" and found.sure.text == INSIDE:
            return self.by_level(found.sure, seconds), False
        if not any(f"({field} = " in found.sure.text for field in ("level", "service")):
            # all rows with a word are needed, and no index has them in fewer steps than that of words
            found = exactly(Sql(found.sure.text.replace("+rowid IN", "rowid IN"), found.sure.values))
        return super().histogram(signal, found, by, seconds)

    def by_level(self, inside: Sql, seconds: int) -> Slices:
        """All logs of a time, counted in the index by level and time: a tenth of what grouping them costs."""
        low, high = inside.values
        start, step = self.slice_start(low, seconds), timedelta(seconds=seconds)
        sql = f"SELECT COUNT(*) FROM {table('logs')} WHERE level = %s AND {INSIDE}"
        while (begin := written(start)) < high:
            for level in LEVELS:
                limits = (max(begin, low), min(written(start + step), high))
                [(count,)] = self.run(sql, (level, *limits))
                yield start, level, count
            start += step

    def slice(self, seconds: int) -> Sql:
        return Sql(f"substr(timestamp, 1, {slice_length(seconds)})")

    def slice_start(self, value: str, seconds: int) -> datetime:
        at = int(datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp())
        return datetime.fromtimestamp(at - at % seconds, UTC)

    @contextmanager
    def limited(self) -> Iterator[None]:
        deadline = time.monotonic() + SECONDS
        connection.ensure_connection()
        raw = connection.connection
        raw.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)
        try:
            with told(lambda error: "interrupted" in str(error), TooLong):
                yield
        finally:
            raw.set_progress_handler(None, 0)


def written(moment: datetime) -> str:
    """As it stands in the table."""
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds")


def has(column: str, piece: str) -> Sql:
    """The piece stands somewhere in the column, spelled exactly so."""
    return Sql(f"COALESCE(instr({column}, %s), 0) > 0", (piece,)) if piece else TRUE


def literal(node: Leaf) -> list[Sql]:
    """The value of an attribute as it must stand in its JSON."""
    if isinstance(node, Equals) and as_number(node.value) is None and node.value.lower() not in ("true", "false"):
        return [has("attrs", escaped(node.value))]
    return []


def escaped(text: str) -> str:
    return msgspec.json.encode(text).decode()[1:-1]


def found_by_trace(node: Equals, signal: str) -> list[Sql]:
    """search/traces.py keeps the index; what is no trace id would be no word for it."""
    if node.field != "trace_id" or not (node.value.isalnum() and node.value.isascii()):
        return []
    index = f"{table(signal)}_traces"
    return [Sql(f"rowid IN (SELECT rowid FROM {index} WHERE {index} MATCH %s)", (f'"{node.value}"',))]


def between_blanks(column: str, words: Sequence[str]) -> Sql:
    """As a phrase mostly stands there, seen without calling us."""
    phrase = " ".join(words)
    return Sql(f"instr(' ' || lower({column}) || ' ', %s) > 0", (f" {phrase} ",)) if phrase.isascii() else FALSE


def by_words(node: Leaf) -> Sql | None:
    """What the index of words answers alone: a word, and the beginning of one."""
    if isinstance(node, Words) and len(node.words) == 1:
        return matching(f'"{node.words[0]}"')
    if isinstance(node, Wildcard) and node.pattern.endswith("*"):
        start = node.pattern[:-1].lower()
        if start and all(map(word_char, start)):
            return matching(f'"{start}" *')
    return None


def matching(expression: str) -> Sql:
    """Where many rows have it, other conditions are better to begin with: the plus keeps SQLite from this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT COUNT(*) FROM (SELECT 1 FROM {words.TABLE} WHERE {words.TABLE} MATCH %s LIMIT %s)",
            [expression, MANY],
        )
        rowid = "+rowid" if cursor.fetchone()[0] == MANY else "rowid"
    return Sql(f"{rowid} IN (SELECT rowid FROM {words.TABLE} WHERE {words.TABLE} MATCH %s)", (expression,))


def number_or(other: Sql, path: str, node: Range) -> Sql:
    """A plain number under the whole path as a key is compared here; everything else as the other condition says."""
    if '"' in path or "\\" in path:
        return other
    key = f'$."{path}"'
    parts = all_of([Sql(f"json_extract(attrs, %s) {sign} %s", (key, bound)) for sign, bound in comparisons(node)])
    outside = [Sql("json_extract(attrs, %s) BETWEEN %s AND %s", (key, *limits)) for limits in beyond(node)]
    none = any_of(outside)
    plain = "json_type(attrs, %s) IN ('integer', 'real') AND abs(json_extract(attrs, %s)) < 1e15"
    return Sql(
        f"CASE WHEN {none.text} THEN FALSE WHEN {plain} THEN {parts.text} ELSE {other.text} END",
        (*none.values, key, key, *parts.values, *other.values),
    )


def beyond(node: Range) -> Iterator[tuple[float, float]]:
    """The plain numbers below and above the range, so that most records are decided by one look into their JSON."""
    if node.low is not None and abs(node.low) < 1e15:
        yield -1e15, math.nextafter(node.low, -math.inf) if node.with_low else float(node.low)
    if node.high is not None and abs(node.high) < 1e15:
        yield math.nextafter(node.high, math.inf) if node.with_high else float(node.high), 1e15


def slice_length(seconds: int) -> int:
    return next(length for size, length in LENGTHS if seconds % size == 0)
