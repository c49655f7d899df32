"""The site's own id of a verified visitor."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="visitor",
            name="subject",
            field=models.CharField(blank=True, max_length=120, default=""),
            preserve_default=False,
        )
    ]
