from django.db import migrations, models


def as_they_were_called(apps, schema_editor):
    """Webhooks were repeated under their webhook-id before an action could say whether they may be."""
    apps.get_model("integrations", "Action").objects.filter(kind="webhook").update(idempotent=True)


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0010_threads_due_by_destination'),
    ]

    operations = [
        migrations.AddField(
            model_name='action',
            name='idempotent',
            field=models.BooleanField(default=False, help_text='Done twice it does no harm, or what is called knows a repeat by its webhook-id: where the outcome is not known it is called again.'),
        ),
        migrations.RunPython(as_they_were_called, migrations.RunPython.noop),
    ]
