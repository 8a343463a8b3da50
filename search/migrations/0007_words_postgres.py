"""On Postgres, an index of the words of messages (see search/backends/postgres_words.py). What is stored is indexed here,
some 20 µs a log, and nobody can write meanwhile."""

from django.db import migrations

from search.backends.postgres_words import INDEX, WORDS


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"CREATE INDEX {INDEX} ON raw_logs USING gin ({WORDS})")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX {INDEX}")


class Migration(migrations.Migration):
    dependencies = [("search", "0006_saved_searches")]
    operations = [migrations.RunPython(add, remove)]
