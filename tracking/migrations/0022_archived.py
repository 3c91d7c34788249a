from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0021_console_pages"),
    ]

    operations = [
        migrations.AddField(
            model_name="shipment",
            name="archived_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
