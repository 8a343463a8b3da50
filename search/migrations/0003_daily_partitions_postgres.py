"""On Postgres, cuts the record tables into daily partitions (see search/partitions.py). Rows that are there are kept.

The key becomes (id, received_at), as a partitioned table's key must hold what it is cut by; an id is a position in the
transport, and a position has one arrival, so ids stay unique. Ids compare byte by byte, as they do on SQLite.
"""

from datetime import UTC, datetime

from django.db import migrations

from search import partitions

MODELS = ("RawLog", "StoredSpan", "StoredMetricPoint")
ONLY_HERE = (
    "CREATE INDEX raw_logs_error ON raw_logs (error_code, timestamp) WHERE error_code IS NOT NULL",
    "CREATE INDEX spans_time ON spans USING brin (timestamp)",
)


def put_aside(cursor, table):
    """Rename a table, and free the names of its indexes and key."""
    cursor.execute("SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'p'", [table])
    (key,) = cursor.fetchone()
    cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {key}")
    cursor.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = %s::regclass", [table])
    for (index,) in cursor.fetchall():
        cursor.execute(f"DROP INDEX {index}")
    cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_before")


def cut(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    today = datetime.now(UTC).date()
    with schema_editor.connection.cursor() as cursor:
        for name in MODELS:
            model = apps.get_model("search", name)
            table = model._meta.db_table
            put_aside(cursor, table)
            cursor.execute(
                f"CREATE TABLE {table} (LIKE {table}_before INCLUDING DEFAULTS) PARTITION BY RANGE (received_at)"
            )
            cursor.execute(f'ALTER TABLE {table} ALTER id TYPE varchar(120) COLLATE "C"')
            cursor.execute(f"ALTER TABLE {table} ADD PRIMARY KEY (id, received_at)")
            for index in model._meta.indexes:
                cursor.execute(str(index.create_sql(model, schema_editor)))
            for statement in ONLY_HERE:
                if f" ON {table} " in statement:
                    cursor.execute(statement)
            cursor.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")
            cursor.execute(f"SELECT DISTINCT (received_at AT TIME ZONE 'UTC')::date FROM {table}_before")
            for day in sorted({row[0] for row in cursor.fetchall()} | partitions.wanted(today)):
                partitions.make(cursor, table, day)
            move(cursor, table)


def join(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        for name in MODELS:
            model = apps.get_model("search", name)
            put_aside(cursor, model._meta.db_table)
            schema_editor.create_model(model)
            move(cursor, model._meta.db_table)


def move(cursor, table):
    cursor.execute(f"INSERT INTO {table} SELECT * FROM {table}_before")
    cursor.execute(f"DROP TABLE {table}_before")


class Migration(migrations.Migration):
    dependencies = [("search", "0002_trace_lookup_sqlite")]
    operations = [migrations.RunPython(cut, join)]
