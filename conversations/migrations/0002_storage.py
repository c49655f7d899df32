"""Room in the pages of the narrow list row, which every message updates."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE conversations_conversationhead SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05)",
            "ALTER TABLE conversations_conversationhead RESET (fillfactor, autovacuum_vacuum_scale_factor)",
        ),
    ]
