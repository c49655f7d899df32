"""Room in the pages of the row that is written with every frame: updates stay in place."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE events_stream SET (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.02)",
            "ALTER TABLE events_stream RESET (fillfactor, autovacuum_vacuum_scale_factor)",
        ),
        migrations.RunSQL(
            "ALTER TABLE events_event SET (autovacuum_vacuum_insert_scale_factor = 0.05)",
            "ALTER TABLE events_event RESET (autovacuum_vacuum_insert_scale_factor)",
        ),
    ]
