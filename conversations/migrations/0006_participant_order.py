"""Whose newest conversations: an index for search and lists; shelves of half the size, which are filled again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_HALVE = """
DO $do$ BEGIN
  EXECUTE replace(pg_get_functiondef('memo_search_lines'::regproc), '>> 17', '>> 16');
END $do$;
TRUNCATE conversations_searchshelf CASCADE;
SELECT memo_search_lines(array_agg(id)) FROM conversations_message GROUP BY id / 5000;
SELECT memo_search_cards(array_agg(id)) FROM conversations_conversation GROUP BY id / 5000;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0005_search"),
        ("customers", "0004_works_for"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="participant",
            name="user",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="participant",
            index=models.Index(fields=["user", "conversation"], name="participant_newest"),
        ),
        migrations.AddIndex(
            model_name="participant",
            index=models.Index(
                condition=models.Q(("side", "peer")), fields=["user", "conversation"], name="participant_peer"
            ),
        ),
        migrations.RunSQL(_HALVE, migrations.RunSQL.noop),
    ]
