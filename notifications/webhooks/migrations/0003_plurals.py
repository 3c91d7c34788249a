from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0002_sent_again")]

    operations = [
        migrations.AlterModelOptions(
            name="webhookdelivery", options={"verbose_name_plural": "webhook deliveries"}
        ),
    ]
