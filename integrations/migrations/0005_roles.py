"""Everybody sees who is told, responders tell again, managers say who is told."""

from django.db import migrations

from accounts.roles import grant

GIVEN = (
    *(f"integrations.view_{name}" for name in ("destination", "route", "delivery")),
    "integrations.redeliver_delivery",
    *(f"integrations.{verb}_{name}" for name in ("destination", "route") for verb in ("add", "change", "delete")),
)


def forwards(apps, schema_editor):
    if schema_editor.connection.alias == "default":
        grant(apps, GIVEN, schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("integrations", "0004_deliveries"), ("accounts", "0005_managers_requeue")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop, elidable=False)]
