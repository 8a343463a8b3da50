"""An index of spans by their time, in which the newest are found at once; on Postgres in the place of a coarse one."""

from django.db import migrations, models


def run(schema_editor, statement):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(statement)


def drop_coarse(apps, schema_editor):
    run(schema_editor, "DROP INDEX IF EXISTS spans_time")


def make_coarse(apps, schema_editor):
    run(schema_editor, "CREATE INDEX spans_time ON spans USING brin (timestamp)")


class Migration(migrations.Migration):
    dependencies = [("search", "0004_words_sqlite")]
    operations = [
        migrations.RunPython(drop_coarse, make_coarse),
        migrations.AddIndex("storedspan", models.Index(fields=["timestamp"], name="spans_time")),
    ]
