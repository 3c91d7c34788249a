from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0024_archived"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="name",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
    ]
