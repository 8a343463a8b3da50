"""What SQLite and Postgres share: conditions as SQL text with their values, and the statements around them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import DatabaseError, connection

from query.ast import Equals, Node, Range
from query.fields import SCHEMAS, Field
from search.api.stored import FIELDS, KINDS, MODELS
from search.backends.backend import COUNTED, Away, Slices, Values
from search.backends.bounds import Bounds, Under, Words, bounds
from search.search import Place, moment, nanoseconds
from search.traces import of_trace
from telemetry.records import Record


@dataclass(frozen=True)
class Sql:
    """A condition that is true or false, never NULL. Its text is ours; what was asked for is in ``values``."""

    text: str
    values: tuple[Any, ...] = ()


TRUE, FALSE = Sql("TRUE"), Sql("FALSE")


def all_of(parts: Sequence[Sql]) -> Sql:
    parts = [part for part in parts if part != TRUE]
    return FALSE if FALSE in parts else joined(" AND ", parts) if parts else TRUE


def any_of(parts: Sequence[Sql]) -> Sql:
    parts = [part for part in parts if part != FALSE]
    return TRUE if TRUE in parts else joined(" OR ", parts) if parts else FALSE


def joined(word: str, parts: Sequence[Sql]) -> Sql:
    if len(parts) == 1:
        return parts[0]
    return Sql(f"({word.join(part.text for part in parts)})", tuple(value for part in parts for value in part.values))


def negated(part: Sql) -> Sql:
    if part in (TRUE, FALSE):
        return FALSE if part == TRUE else TRUE
    return Sql(f"NOT ({part.text})", part.values)


def equals(node: Equals) -> Sql:
    return Sql(f"({node.field} = %s AND {node.field} IS NOT NULL)", (node.value,))


def there(field: Field) -> Sql:
    return Sql(
        f"({field.name} IS NOT NULL)" if field.kind in ("number", "time") else f"COALESCE({field.name}, '') <> ''"
    )


def in_range(node: Range, field: Field, column: str, time: Callable[[int], Any]) -> Sql:
    parts = [Sql(f"{column} IS NOT NULL")] if field.kind == "number" else []
    for sign, bound in comparisons(node):
        parts.append(Sql(f"{column} {sign} %s", (time(int(bound)) if field.kind == "time" else bound,)))
    return all_of(parts)


def comparisons(node: Range) -> Iterator[tuple[str, float | int]]:
    if node.low is not None:
        yield ">=" if node.with_low else ">", node.low
    if node.high is not None:
        yield "<=" if node.with_high else "<", node.high


WORDS = Words(TRUE, all_of, any_of, negated)


class SqlBackend:
    """The statements. A subclass knows the leaves of a query, how times are written, and how to end in time."""

    counts_all = False

    def leaf(self, node: Any, field: Field, signal: str, under: Under) -> Bounds[Sql]:
        raise NotImplementedError

    def time(self, nanoseconds: int) -> Any:
        """As the database compares it."""
        raise NotImplementedError

    def slice(self, seconds: int) -> Sql:
        """The expression of a slice that no slice of so many seconds is finer than."""
        raise NotImplementedError

    def slice_start(self, value: Any, seconds: int) -> datetime:
        raise NotImplementedError

    def limited(self) -> AbstractContextManager[None]:
        raise NotImplementedError

    def bounds(self, node: Node, signal: str) -> Bounds[Sql]:
        schema = SCHEMAS[signal]

        def leaf(part: Any, under: Under) -> Bounds[Sql]:
            field = schema.find(part.field)
            assert field is not None  # the parser knows no others
            return self.leaf(part, field, signal, under)

        return bounds(node, leaf, WORDS)

    def between(self, found: Bounds[Sql]) -> Sql:
        return all_of([found.between, negated(found.sure)])

    def records(
        self, signal: str, condition: Sql, after: Place | None, limit: int, newest_first: bool = True
    ) -> list[Record]:
        sign, order = ("<", "DESC") if newest_first else (">", "ASC")
        if after is not None:
            condition = all_of([condition, self.behind(after, sign)])
        names = FIELDS[MODELS[signal]]
        sql = f"SELECT {', '.join(names)} FROM {table(signal)} WHERE {condition.text}"
        rows = self.run(f"{sql} ORDER BY timestamp {order}, id {order} LIMIT %s", (*condition.values, limit))
        return [as_record(signal, names, row) for row in rows]

    def behind(self, place: Place, sign: str) -> Sql:
        at = self.time(nanoseconds(place.at))
        return Sql(f"(timestamp {sign}= %s AND (timestamp {sign} %s OR id {sign} %s))", (at, at, place.id))

    def count(self, signal: str, condition: Sql) -> int:
        rows = self.run(f"SELECT COUNT(*) FROM {table(signal)} WHERE {condition.text}", condition.values)
        return int(rows[0][0])

    def histogram(self, signal: str, found: Bounds[Sql], by: str, seconds: int) -> tuple[Slices, bool]:
        """In one look at the records: where there turn out to be unsure ones, the sure ones are the others."""
        part, unsure = self.slice(seconds), self.unsure(found)
        sql = (
            f"SELECT {part.text}, {by}, COUNT(*), COUNT(*) FILTER (WHERE {unsure.text})"
            f" FROM {table(signal)} WHERE {found.possible.text} GROUP BY 1, 2"
        )
        rows = self.run(sql, part.values + unsure.values + found.possible.values)
        slices = [(self.slice_start(start, seconds), value, all - open) for start, value, all, open in rows]
        return slices, any(open for *_, open in rows)

    def unsure(self, found: Bounds[Sql]) -> Sql:
        return FALSE if found.exact else self.between(found)

    def values(self, signal: str, found: Bounds[Sql], fields: Sequence[str], most: int) -> tuple[Values, bool]:
        """The records are looked for once, and then counted by each field."""
        unsure = self.unsure(found)
        newest = f"SELECT {', '.join(fields)}, {unsure.text} AS unsure FROM {table(signal)}"
        newest += f" WHERE {found.possible.text} ORDER BY timestamp DESC LIMIT {COUNTED}"
        each = " UNION ALL ".join(
            f"SELECT * FROM (SELECT '{name}', {name}, COUNT(*), 0 FROM found WHERE {name} <> '' GROUP BY {name}"
            f" ORDER BY 3 DESC, {name} {self.by_bytes} LIMIT {most}) AS {name}_values"
            for name in fields
        )
        counted: dict[str, dict[str, int]] = {name: {} for name in fields}
        whole = "SELECT '', '', COUNT(*), COUNT(*) FILTER (WHERE unsure) FROM found"
        rows = self.run(
            f"WITH found AS MATERIALIZED ({newest}) {whole} UNION ALL {each}", unsure.values + found.possible.values
        )
        for name, value, count, _ in rows[1:]:
            counted[name][value] = count
        return (rows[0][2], counted), bool(rows[0][3])

    def spread(
        self, signal: str, condition: Sql, field: str, values: Sequence[str], by: str, seconds: int
    ) -> Iterator[tuple[str, str, datetime, int]]:
        if not values:
            return
        part, these = self.slice(seconds), ", ".join(["%s"] * len(values))
        found = f"SELECT {field}, {by}, {part.text} AS slice FROM {table(signal)} WHERE {condition.text}"
        found += f" ORDER BY timestamp DESC LIMIT {COUNTED}"
        sql = (
            f"SELECT {field}, {by}, slice, COUNT(*) FROM ({found}) AS found WHERE {field} IN ({these}) GROUP BY 1, 2, 3"
        )
        for value, other, start, count in self.run(sql, (*part.values, *condition.values, *values)):
            yield value, other, self.slice_start(start, seconds), count

    by_bytes = ""

    def one(self, signal: str, id: str) -> Record | None:
        found = self.records(signal, Sql("id = %s", (id,)), None, 1)
        return found[0] if found else None

    def of_trace(self, signal: str, trace_id: str, limit: int) -> list[Record]:
        model: Any = MODELS[signal]
        names = FIELDS[model]
        if not trace_id.isalnum():
            return []
        rows = of_trace(model, trace_id).order_by("timestamp", "id").values_list(*names)[:limit]
        # not through the ORM, which takes as long again for its values as for the rows
        return [as_record(signal, names, row) for row in self.run(*rows.query.sql_with_params())]

    def traced(self, condition: Sql, after: Place | None, limit: int) -> list[tuple[Place, str]]:
        if after is not None:
            condition = all_of([condition, self.behind(after, "<")])
        sql = f"SELECT timestamp, id, trace_id FROM spans WHERE {condition.text}"
        rows = self.run(f"{sql} ORDER BY timestamp DESC, id DESC LIMIT %s", (*condition.values, limit))
        return [(Place(moment(at(time)), name), trace_id) for time, name, trace_id in rows]

    def run(self, sql: str, values: Sequence[Any]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql, list(values))
            return list(cursor.fetchall())


@contextmanager
def told(ended: Callable[[DatabaseError], bool], too_long: type[Exception]) -> Iterator[None]:
    """The database's errors as ours."""
    try:
        yield
    except DatabaseError as error:
        if ended(error):
            raise too_long() from error
        raise Away(f"the database can't be searched now: {' '.join(str(error).split())[:200]}") from error


def table(signal: str) -> str:
    return MODELS[signal]._meta.db_table


def as_record(signal: str, names: Sequence[str], row: Sequence[Any]) -> Record:
    values = dict(zip(names, row, strict=True))
    for name in ("timestamp", "received_at"):
        values[name] = at(values[name])
    for name in ("attrs", "events", "links"):
        if isinstance(values.get(name), str):
            values[name] = msgspec.json.decode(values[name])
    return KINDS[MODELS[signal]](**values)


def at(value: datetime) -> int:
    """SQLite gives times without a zone, in UTC."""
    return nanoseconds(value if value.tzinfo else value.replace(tzinfo=UTC))
