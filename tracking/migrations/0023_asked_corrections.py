"""Corrections of deliveries that a second account must confirm."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0022_vehicle_driver"),
    ]

    operations = [
        migrations.CreateModel(
            name="AskedCorrection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("shipment_id", models.CharField(db_index=True, max_length=64)),
                ("event_id", models.CharField(max_length=64)),
                ("correction", models.JSONField()),
                ("asked_by", models.CharField(max_length=64)),
                ("asked_at", models.DateTimeField()),
                ("outcome", models.CharField(blank=True, max_length=16)),
                ("decided_by", models.CharField(blank=True, max_length=64)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", "")),
                        fields=("shipment_id", "event_id"),
                        name="one_open_correction_per_event",
                    )
                ],
            },
        ),
    ]
