from django.db import migrations, models


# Of its own: beside the new columns it would hold their lock while it is made.
class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0026_agreed_day"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("agreed_day__isnull", False), ("day_moved_at__isnull", True)),
                fields=["resolved_at"],
                name="agreed_days_to_move",
            ),
        ),
    ]
