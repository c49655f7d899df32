"""Saved views, bulk actions, and since when a requester waits."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

# Open requests in which the requester spoke last: since their first message after the team's last one.
_WAITING = """
UPDATE conversations_conversationhead AS head SET waiting_since = (
  SELECT min(asked.created_at) FROM conversations_message AS asked
  WHERE asked.conversation_id = head.conversation_id AND asked.author_kind IN ('customer', 'visitor')
    AND NOT asked.is_automatic AND asked.seq > COALESCE((
      SELECT max(said.seq) FROM conversations_message AS said
      WHERE said.conversation_id = head.conversation_id AND said.author_kind = 'user'), 0))
WHERE head.kind = 'customer' AND head.status = 'open'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("companies", "0020_audit_guard"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("conversations", "0009_work"),
    ]

    operations = [
        migrations.AddField("conversationhead", "waiting_since", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "conversationhead",
            models.Index(
                fields=["inbox", "waiting_since", "conversation"],
                condition=Q(status="open", waiting_since__isnull=False),
                name="head_waiting",
            ),
        ),
        migrations.AddIndex(
            "conversationhead",
            models.Index(
                fields=["assignee", "-closed_at", "-conversation"],
                condition=~Q(status="open") & Q(assignee__isnull=False),
                name="head_assignee_closed",
            ),
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=40)),
                ("icon", models.CharField(max_length=20)),
                ("words", models.JSONField(default=dict)),
                ("keys", models.JSONField(default=dict)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="companies.company"
                    ),
                ),
                (
                    "inbox",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="channels_app.inbox",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["position", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(owner__isnull=False, inbox__isnull=True)
                        | Q(owner__isnull=True, inbox__isnull=False),
                        name="view_is_personal_or_shared",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BulkRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.UUIDField()),
                ("verb", models.CharField(max_length=12)),
                ("argument", models.CharField(blank=True, max_length=60)),
                ("background", models.BooleanField(default=False)),
                ("total", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("skipped", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="companies.company"
                    ),
                ),
                (
                    "undoes",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="undone_by",
                        to="conversations.bulkrun",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "key"), name="bulk_once_per_key"),
                    models.UniqueConstraint(
                        condition=Q(finished_at=None, background=True), fields=("user",), name="one_bulk_run_per_user"
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="BulkItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("outcome", models.CharField(blank=True, max_length=12)),
                ("before", models.CharField(blank=True, max_length=60)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="conversations.conversation"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="conversations.bulkrun",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("run", "conversation"), name="bulk_item_once")],
                "indexes": [
                    models.Index(condition=Q(outcome=""), fields=["run", "conversation"], name="bulk_item_waits")
                ],
            },
        ),
        migrations.RunSQL(_WAITING, migrations.RunSQL.noop),
    ]
