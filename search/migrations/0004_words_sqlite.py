"""On SQLite, an index of the words of messages (see search/words.py), and the level in the index by time."""

from django.db import migrations

from search.words import TABLE, words

# no content: the words are looked for, never shown; which rows is all that is kept of them
MAKE = (
    f"CREATE VIRTUAL TABLE {TABLE} USING fts5(message, content='', detail=none, columnsize=0,"
    " tokenize=\"ascii tokenchars '_'\")"
)


# With the level beside the time, records are counted by both without being read.
TIME = ("DROP INDEX raw_logs_time", "CREATE INDEX raw_logs_time ON raw_logs (timestamp{0})")


def add(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        return
    with schema_editor.connection.cursor() as reading, schema_editor.connection.cursor() as writing:
        writing.execute(MAKE)
        for statement in TIME:
            writing.execute(statement.format(", level"))
        reading.execute("SELECT rowid, message FROM raw_logs ORDER BY rowid")
        while rows := reading.fetchmany(1000):
            found = [(rowid, words(message)) for rowid, message in rows]
            writing.executemany(f"INSERT INTO {TABLE} (rowid, message) VALUES (%s, %s)", found)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(f"DROP TABLE {TABLE}")
        for statement in TIME:
            schema_editor.execute(statement.format(""))


class Migration(migrations.Migration):
    dependencies = [("search", "0003_daily_partitions_postgres")]
    operations = [migrations.RunPython(add, remove)]
