from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0004_message_codes")]

    operations = [
        migrations.AddField(
            model_name="outboxmessage",
            name="html",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
    ]
