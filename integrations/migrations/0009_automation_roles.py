"""Responders ask for actions and approve them, managers make them."""

from django.db import migrations

from accounts.roles import grant

NAMES = [
    *(f"integrations.{verb}_action" for verb in ("view", "add", "change", "delete")),
    "integrations.view_actionrun",
    "integrations.approve_actionrun",
]


def forwards(apps, schema_editor):
    grant(apps, NAMES, schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("integrations", "0008_automation"), ("accounts", "0005_managers_requeue")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop, elidable=False)]
