from django.db import migrations, models


class Migration(migrations.Migration):
    # The column keeps its name, so that processes of the version before can count while this one starts.
    dependencies = [("notifications", "0005_outbox_html")]

    operations = [
        migrations.AlterField(
            model_name="dailycount",
            name="messages",
            field=models.PositiveIntegerField(db_column="messages", default=0),
        ),
        migrations.RenameField(model_name="dailycount", old_name="messages", new_name="segments"),
    ]
