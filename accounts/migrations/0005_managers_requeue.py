"""The group manager, where it is there already, may requeue dead letters; tokens from before scopes keep what they may."""

from django.db import migrations

from accounts.roles import make_permissions, permission


def forwards(apps, schema_editor):
    alias = schema_editor.connection.alias
    managers = apps.get_model("auth", "Group").objects.using(alias).filter(name="manager").first()
    if managers is None:
        return
    apps.get_model("accounts", "ApiToken").objects.using(alias).update(scope="manage")
    make_permissions(apps, alias)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    managers.permissions.add(permission(permissions, "ingest.change_deadletter"))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_scopes_and_use"), ("ingest", "0003_dead_letters_tried_again")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop, elidable=False)]
