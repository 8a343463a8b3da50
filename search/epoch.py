"""A time as microseconds since the epoch, worked out by the database: a million datetimes are slow to make."""

from typing import Any

from django.db.models import BigIntegerField, Func


class Microseconds(Func):
    """Of a time column, as an integer."""

    output_field = BigIntegerField()
    template = "CAST(EXTRACT(EPOCH FROM %(expressions)s) * 1000000 AS bigint)"

    def get_db_converters(self, connection: Any) -> list[Any]:
        return []  # it comes as an integer

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        seconds = "CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) * 1000000"
        fraction = "CAST(substr(%(expressions)s || '000000', 21, 6) AS INTEGER)"  # "2026-01-31 12:00:00.123456"
        return self.as_sql(compiler, connection, template=f"({seconds} + {fraction})", **more)
