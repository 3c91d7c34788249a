from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tracking", "0017_plain_references")]

    operations = [
        migrations.AlterModelOptions(name="apikey", options={"verbose_name": "API key"}),
        migrations.AlterModelOptions(name="feedentry", options={"verbose_name_plural": "feed entries"}),
    ]
