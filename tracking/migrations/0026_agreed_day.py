from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0025_key_name"),
    ]

    operations = [
        migrations.AddField(
            model_name="incident",
            name="agreed_day",
            field=models.DateField(blank=True, help_text="Indian day, agreed with the recipient.", null=True),
        ),
        migrations.AddField(
            model_name="incident",
            name="day_moved_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
