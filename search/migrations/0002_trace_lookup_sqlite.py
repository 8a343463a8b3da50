"""On SQLite, finds the records of a trace by FTS5 instead of a B-tree.

Trace ids are random: in a B-tree each new record dirties a page of its own, and that alone is more than half of what
storing costs, growing with the table. FTS5 writes in order and merges later. search/traces.py adds to it, a batch at a
time (a trigger would do it row by row, at six times the cost); a trigger removes what is deleted. A migration that makes
one of the tables anew loses the trigger and moves the rows, and has to run ``remove`` and ``add`` again.
"""

from django.db import migrations

TABLES = ("raw_logs", "spans")
ADD = (
    "DROP INDEX IF EXISTS {0}_trace",
    "CREATE VIRTUAL TABLE {0}_traces USING fts5(trace_id, content='{0}', content_rowid='rowid', detail=none, columnsize=0)",
    "INSERT INTO {0}_traces ({0}_traces) VALUES ('rebuild')",
    "CREATE TRIGGER {0}_traces_remove AFTER DELETE ON {0} WHEN old.trace_id IS NOT NULL"
    " BEGIN INSERT INTO {0}_traces ({0}_traces, rowid, trace_id) VALUES ('delete', old.rowid, old.trace_id); END",
)
REMOVE = (
    "DROP TRIGGER {0}_traces_remove",
    "DROP TABLE {0}_traces",
    "CREATE INDEX {0}_trace ON {0} (trace_id)",
)


def run(schema_editor, statements):
    if schema_editor.connection.vendor == "sqlite":
        for table in TABLES:
            for statement in statements:
                schema_editor.execute(statement.format(table))


def add(apps, schema_editor):
    run(schema_editor, ADD)


def remove(apps, schema_editor):
    run(schema_editor, REMOVE)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
