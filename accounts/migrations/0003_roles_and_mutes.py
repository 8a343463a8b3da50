"""Viewers see what mutes alerts, managers write it."""

from django.db import migrations

from accounts.roles import MUTES, grant


def forwards(apps, schema_editor):
    names = [f"alerts.{verb}_{mute}" for mute in MUTES for verb in ("view", "add", "change", "delete")]
    grant(apps, names, schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_roles"),
        ("alerts", "0005_mutes"),
    ]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop, elidable=False)]
