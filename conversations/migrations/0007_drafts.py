"""Drafts on the server and messages that are sent later."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0006_participant_order"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="participant",
            name="mailed_seq",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("reply", "Reply"), ("internal", "Internal")], max_length=8)),
                ("body", models.TextField(blank=True, max_length=25000)),
                (
                    "files",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("updated_at", models.DateTimeField()),
                (
                    "conversation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drafts",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drafts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["conversation"], name="draft_of_conversation"),
                    models.Index(fields=["updated_at"], name="draft_age"),
                ],
                "constraints": [models.UniqueConstraint(fields=("user", "conversation", "kind"), name="draft_once")],
            },
        ),
        migrations.CreateModel(
            name="Later",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_id", models.UUIDField()),
                ("kind", models.CharField(choices=[("reply", "Reply"), ("internal", "Internal")], max_length=8)),
                ("body", models.TextField(blank=True, max_length=10000)),
                (
                    "files",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sent", "Sent"),
                            ("undone", "Undone"),
                            ("returned", "Returned"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("scheduled", models.BooleanField(default=False)),
                ("unless_answered", models.BooleanField(default=False)),
                ("last_seq", models.PositiveIntegerField(default=0)),
                ("seen_seq", models.PositiveIntegerField(null=True)),
                ("was_closed", models.BooleanField(default=False)),
                ("due_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("why", models.CharField(blank=True, max_length=160)),
                (
                    "conversation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="laters",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="laters",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["conversation", "due_at"],
                        name="later_of_conversation",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "returned"])),
                        fields=["user", "due_at"],
                        name="later_of_user",
                    ),
                    models.Index(
                        condition=models.Q(("state", "waiting"), _negated=True),
                        fields=["settled_at"],
                        name="later_settled",
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("conversation", "client_id"), name="later_client_id")],
            },
        ),
    ]
