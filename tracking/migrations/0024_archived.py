from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0023_asked_corrections"),
    ]

    operations = [
        migrations.AddField(
            model_name="shipment",
            name="archived_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
