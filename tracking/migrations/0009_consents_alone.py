"""Contract: the two columns go, once no process of before writes them; what it wrote last is carried over."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TRANSPORTS = {"sms": "consent_sms", "email": "consent_email"}


def carry_over(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    shipments = apps.get_model("tracking", "Shipment").objects.using(schema_editor.connection.alias)
    # Rows that the code of before wrote since 0008; an erased recipient's consents stay erased.
    late = shipments.filter(consents={}).exclude(recipient_sealed=b"")
    for sms, email in ((True, True), (True, False), (False, True)):
        late.filter(consent_sms=sms, consent_email=email).update(consents={"sms": sms, "email": email})


def carry_back(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    shipments = apps.get_model("tracking", "Shipment").objects.using(schema_editor.connection.alias)
    for transport, column in TRANSPORTS.items():
        shipments.filter(**{f"consents__{transport}": True}).update(**{column: True})


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0008_consents"),
    ]

    operations = [
        migrations.RunPython(carry_over, carry_back),
        migrations.RemoveField(
            model_name="shipment",
            name="consent_sms",
        ),
        migrations.RemoveField(
            model_name="shipment",
            name="consent_email",
        ),
        migrations.AlterField(
            model_name="shipment",
            name="consents",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
