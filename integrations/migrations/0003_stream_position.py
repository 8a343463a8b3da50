from django.db import migrations, models


class Migration(migrations.Migration):
    """The table that said how far each destination has been told is named for what it is; its rows stay."""

    dependencies = [("integrations", "0002_destination")]

    operations = [
        migrations.RenameModel("Delivery", "StreamPosition"),
        migrations.AlterModelTable("StreamPosition", "stream_position"),
        migrations.RenameField("StreamPosition", "destination", "name"),
        migrations.AlterModelOptions("StreamPosition", {}),
        migrations.AddField("StreamPosition", "holder", models.UUIDField(null=True)),
        migrations.AddField("StreamPosition", "held_until", models.DateTimeField(null=True)),
    ]
