"""The driver's contact of a vehicle, sealed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0021_console_pages"),
    ]

    operations = [
        migrations.AddField(
            model_name="vehicle",
            name="driver_sealed",
            field=models.BinaryField(db_default=b"", default=b""),
        ),
    ]
