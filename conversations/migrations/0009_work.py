"""Snoozed, merged and moved conversations, further discussions, several customers in one."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

# A conversation that changes its inbox takes its words to the shelves of the new one, in the same transaction.
_MOVE = """
CREATE FUNCTION memo_search_moved() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
  PERFORM memo_search_lines(array_agg(message_id ORDER BY message_id)) FROM conversations_searchline
  WHERE conversation_id = NEW.conversation_id HAVING count(*) > 0;
  PERFORM memo_search_cards(ARRAY[NEW.conversation_id]);
  RETURN NULL;
END
$f$;
CREATE TRIGGER search_moved AFTER UPDATE OF inbox_id ON conversations_conversationhead FOR EACH ROW
  WHEN (OLD.inbox_id IS DISTINCT FROM NEW.inbox_id) EXECUTE FUNCTION memo_search_moved();
"""
_STAY = """
DROP TRIGGER search_moved ON conversations_conversationhead;
DROP FUNCTION memo_search_moved;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0008_editing"),
        ("customers", "0004_works_for"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("before", models.JSONField(default=dict)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="merges",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="merges_into",
                        to="conversations.conversation",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=Q(("undone_at", None)), fields=("source",), name="merged_once"
            ),
        ),
        migrations.AddField("conversation", "discussion", models.BooleanField(db_default=False, default=False)),
        migrations.AddField(
            "conversation",
            "merged_into",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="merged",
                to="conversations.conversation",
            ),
        ),
        migrations.AddField("conversation", "guest_count", models.PositiveSmallIntegerField(db_default=0, default=0)),
        migrations.RemoveConstraint("conversation", "one_side_conversation"),
        migrations.AddConstraint(
            "conversation",
            models.UniqueConstraint(
                condition=Q(("discussion", False), ("kind", "internal")),
                fields=("about",),
                name="one_side_conversation",
            ),
        ),
        migrations.AddConstraint(
            "conversation",
            models.CheckConstraint(
                condition=Q(("discussion", False), Q(("about__isnull", False), ("kind", "internal")), _connector="OR"),
                name="discussion_is_about",
            ),
        ),
        migrations.AddConstraint(
            "conversation",
            models.CheckConstraint(
                condition=Q(("merged_into__isnull", True), ("kind", "customer"), _connector="OR"),
                name="only_requests_are_merged",
            ),
        ),
        migrations.AddIndex(
            "conversation",
            models.Index(
                condition=Q(("merged_into__isnull", False)), fields=["merged_into"], name="conversation_merged"
            ),
        ),
        migrations.AddField("participant", "snoozed_at", models.DateTimeField(null=True)),
        migrations.AddField("participant", "snoozed_until", models.DateTimeField(null=True)),
        migrations.AddField("participant", "guest", models.BooleanField(db_default=False, default=False)),
        migrations.AddConstraint(
            "participant",
            models.CheckConstraint(
                condition=Q(("guest", False), Q(("customer__isnull", False), ("side", "requester")), _connector="OR"),
                name="guests_are_customers",
            ),
        ),
        migrations.AddIndex(
            "participant",
            models.Index(condition=Q(("guest", True)), fields=["customer", "conversation"], name="participant_guest"),
        ),
        migrations.AddField("conversationhead", "snoozed_at", models.DateTimeField(null=True)),
        migrations.AddField("conversationhead", "snoozed_until", models.DateTimeField(null=True)),
        migrations.AddField("conversationhead", "snoozer_id", models.BigIntegerField(null=True)),
        migrations.AddIndex(
            "conversationhead",
            models.Index(
                fields=["inbox", "-last_activity", "-conversation"],
                condition=Q(("snoozed_at__isnull", False), ("status", "open")),
                name="head_snoozed",
            ),
        ),
        migrations.AddConstraint(
            "conversationhead",
            models.CheckConstraint(
                condition=Q(
                    Q(("snoozed_at__isnull", True), ("snoozed_until__isnull", True)),
                    Q(
                        ("kind", "customer"),
                        ("routing__in", ["assigned", "open"]),
                        ("snoozed_at__isnull", False),
                        ("status", "open"),
                    ),
                    _connector="OR",
                ),
                name="only_what_is_held_is_snoozed",
            ),
        ),
        migrations.RunSQL(_MOVE, _STAY),
    ]
