"""Do not disturb, quiet hours of the week, and whether push messages may show text."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("companies", "0021_undelivered")]

    operations = [
        migrations.AddField(model_name="company", name="push_shows_text", field=models.BooleanField(default=False)),
        migrations.AddField(
            model_name="membership", name="quiet_hours", field=models.JSONField(blank=True, default=dict)
        ),
        migrations.AddField(
            model_name="membership", name="quiet_until", field=models.DateTimeField(blank=True, null=True)
        ),
    ]
