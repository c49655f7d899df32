"""The table of what and how instead of single switches, the centre, push. Stored choices are turned over."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

WAYS = ["in_app", "sound", "flash", "push", "email"]


def turn_over(apps, schema_editor):
    """customer_messages, user_to_customer, internal and direct become cells of the table."""
    for row in apps.get_model("notifications", "Preference").objects.iterator():
        cells = {}
        if row.customer_messages == "none":
            row.from_customers = False
        elif row.customer_messages == "mine":
            cells["new"] = []
        if row.user_to_customer == "none":
            cells |= {"my_replies": [], "replies": []}
        elif row.user_to_customer == "all":
            cells["replies"] = WAYS
        cells |= {name: [] for name in ("internal", "direct") if not getattr(row, name)}
        row.cells = cells
        row.save(update_fields=["cells", "from_customers"])


def turn_back(apps, schema_editor):
    """As far as the four fields can say it."""
    for row in apps.get_model("notifications", "Preference").objects.iterator():
        cells = row.cells
        row.customer_messages = "none" if not row.from_customers else "mine" if cells.get("new") == [] else "all"
        replies = "all" if cells.get("replies") else "none" if cells.get("my_replies") == [] else "mine"
        row.user_to_customer = replies if row.from_users else "none"
        row.internal = row.from_users and cells.get("internal") != []
        row.direct = row.from_users and cells.get("direct") != []
        row.save(update_fields=["customer_messages", "user_to_customer", "internal", "direct"])


def rows_of_notices(apps, schema_editor):
    """The row of each open notice, and public ids of their own."""
    notices = apps.get_model("notifications", "Notice").objects
    notices.update(at=F("created_at"))
    for cause in ("offer", "unclaimed", "assigned"):
        notices.filter(cause=cause).update(row=cause)
    notices.filter(conversation__kind="internal", cause="message").update(row="internal")
    notices.filter(conversation__kind="direct", cause="message").update(row="direct")


CAUSES = [
    ("message", "Message"),
    ("offer", "Offer"),
    ("unclaimed", "Unclaimed"),
    ("assigned", "Assigned"),
    ("mention", "Mention"),
    ("snooze", "Snooze"),
    ("failed", "Failed"),
]
PERSON = settings.AUTH_USER_MODEL


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial"), migrations.swappable_dependency(PERSON)]

    operations = [
        # --- preferences
        migrations.AddField("preference", "from_customers", models.BooleanField(default=True)),
        migrations.AddField("preference", "from_users", models.BooleanField(default=True)),
        migrations.AddField("preference", "push", models.BooleanField(default=True)),
        migrations.AddField("preference", "cells", models.JSONField(default=dict)),
        migrations.AddField(
            "preference",
            "quiet_mail",
            models.CharField(choices=[("send", "Send"), ("wait", "Wait")], default="send", max_length=4),
        ),
        migrations.AddField("preference", "show_from_customers", models.BooleanField(default=True)),
        migrations.RunPython(turn_over, turn_back),
        migrations.RemoveField("preference", "customer_messages"),
        migrations.RemoveField("preference", "user_to_customer"),
        migrations.RemoveField("preference", "internal"),
        migrations.RemoveField("preference", "direct"),
        # --- notices
        migrations.AddField(
            "notice",
            "actor",
            models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=PERSON),
        ),
        migrations.AddField("notice", "row", models.CharField(default="mine", max_length=10)),
        migrations.AddField("notice", "at", models.DateTimeField(null=True)),
        migrations.AddField("notice", "pushed_at", models.DateTimeField(null=True)),
        # Postgres gives every row of the table its own value, in one pass.
        migrations.RunSQL(
            "ALTER TABLE notifications_notice ADD COLUMN public_id uuid NOT NULL DEFAULT gen_random_uuid();"
            "ALTER TABLE notifications_notice ADD CONSTRAINT notice_public_id UNIQUE (public_id);",
            "ALTER TABLE notifications_notice DROP COLUMN public_id",
            state_operations=[
                migrations.AddField(
                    "notice", "public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
                )
            ],
        ),
        migrations.AlterField("notice", "cause", models.CharField(choices=CAUSES, max_length=10)),
        migrations.RunPython(rows_of_notices, migrations.RunPython.noop),
        # The data of this transaction must be settled before the table changes again.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField("notice", "at", models.DateTimeField(default=django.utils.timezone.now)),
        migrations.AddIndex(
            "notice",
            models.Index(
                condition=Q(("in_app", True), ("user__isnull", False)),
                fields=["user", "-at", "-id"],
                name="notice_centre",
            ),
        ),
        # --- push
        migrations.CreateModel(
            "PushSubscription",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("session_key", models.CharField(max_length=40)),
                ("endpoint", models.CharField(max_length=1000)),
                ("endpoint_hash", models.CharField(max_length=64, unique=True)),
                ("p256dh", models.CharField(max_length=100)),
                ("auth", models.CharField(max_length=40)),
                ("device", models.CharField(max_length=60)),
                ("created_at", models.DateTimeField()),
                ("pushed_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="push_subscriptions", to=PERSON
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["user", "-id"], name="push_of_user")]},
        ),
        migrations.CreateModel(
            "Push",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField()),
                ("next_try_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pushes",
                        to="notifications.notice",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pushes",
                        to="notifications.pushsubscription",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["next_try_at", "id"], name="push_due")],
                "constraints": [models.UniqueConstraint(fields=("subscription", "notice"), name="one_push_on_its_way")],
            },
        ),
    ]
