from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notifications", "0006_count_segments")]

    operations = [
        migrations.AlterModelOptions(name="delivery", options={"verbose_name_plural": "deliveries"}),
        migrations.AlterModelOptions(
            name="consententry",
            options={"base_manager_name": "objects", "verbose_name_plural": "consent entries"},
        ),
    ]
