"""Managers requeue dead letters; tokens from before scopes keep what they may."""

from django.db import migrations

from accounts.roles import grant


def forwards(apps, schema_editor):
    alias = schema_editor.connection.alias
    if alias != "default":
        return
    apps.get_model("accounts", "ApiToken").objects.using(alias).update(scope="manage")
    grant(apps, ["ingest.change_deadletter"], alias)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_scopes_and_use"), ("ingest", "0003_dead_letters_tried_again")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop, elidable=False)]
