"""Expand: consents keyed by transport beside the two columns; code of before and of after runs on this schema."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TRANSPORTS = {"sms": "consent_sms", "email": "consent_email"}


def carry_over(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    shipments = apps.get_model("tracking", "Shipment").objects.using(schema_editor.connection.alias)
    for sms, email in ((True, True), (True, False), (False, True)):
        given = shipments.filter(consent_sms=sms, consent_email=email)
        given.update(consents={"sms": sms, "email": email})


def carry_back(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    shipments = apps.get_model("tracking", "Shipment").objects.using(schema_editor.connection.alias)
    for transport, column in TRANSPORTS.items():
        shipments.filter(**{f"consents__{transport}": True}).update(**{column: True})
        shipments.filter(**{f"consents__{transport}": False}).update(**{column: False})


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0007_rating"),
    ]

    operations = [
        # With defaults in the database either code may leave out the other's columns.
        migrations.AddField(
            model_name="shipment",
            name="consents",
            field=models.JSONField(blank=True, default=dict, db_default={}),
        ),
        migrations.AlterField(
            model_name="shipment",
            name="consent_sms",
            field=models.BooleanField(default=False, db_default=False),
        ),
        migrations.AlterField(
            model_name="shipment",
            name="consent_email",
            field=models.BooleanField(default=False, db_default=False),
        ),
        migrations.RunPython(carry_over, carry_back),
    ]
