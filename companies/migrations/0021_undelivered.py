"""An invitation whose mail did not arrive says so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("companies", "0020_audit_guard")]

    operations = [
        migrations.AddField("invitation", "undelivered", models.CharField(blank=True, default="", max_length=200))
    ]
