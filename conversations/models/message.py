"""A message and its files."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from conversations.models.conversation import Conversation
from customers.models import Customer, Visitor


class Message(models.Model):
    """One line of a conversation. Order is `seq` (taken under the head's row lock), never a clock (INV-18)."""

    class Via(models.TextChoices):
        APP = "app"
        WIDGET = "widget"
        EMAIL = "email"
        PORTAL = "portal"
        SYSTEM = "system"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, db_index=False, related_name="messages")
    seq = models.PositiveIntegerField()
    client_id = models.UUIDField()
    author_kind = models.CharField(max_length=8)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    visitor = models.ForeignKey(Visitor, null=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    author_name = models.CharField(max_length=120)
    body = models.TextField(max_length=10_000)
    system_kind = models.CharField(max_length=30, blank=True)
    system_data = models.JSONField(default=dict)
    via = models.CharField(max_length=8, choices=Via.choices)
    is_automatic = models.BooleanField(default=False)
    email_message_id = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    # The number of its latest edit or deletion among all of the conversation (head.changes); 0: as it was posted.
    changed = models.PositiveIntegerField(default=0, db_default=0)

    # Not stored here: what it answers and whom it names, once somebody looked it up (models.editing).
    quoting: Message | None
    named: list

    class Meta:
        ordering = ["conversation", "seq"]
        indexes = [
            models.Index(fields=["conversation", "changed"], condition=Q(changed__gt=0), name="message_changed"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_seq"),
            models.UniqueConstraint(fields=["conversation", "client_id"], name="message_client_id"),
            models.CheckConstraint(
                condition=Q(author_kind="user", user__isnull=False, customer__isnull=True, visitor__isnull=True)
                | Q(author_kind="customer", user__isnull=True, customer__isnull=False, visitor__isnull=True)
                | Q(author_kind="visitor", user__isnull=True, customer__isnull=True, visitor__isnull=False)
                | Q(
                    author_kind__in=["bot", "system"],
                    user__isnull=True,
                    customer__isnull=True,
                    visitor__isnull=True,
                ),
                name="message_has_one_author",
            ),
        ]


class Attachment(models.Model):
    """A stored file. `message` is empty between the upload and the message that carries it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.CASCADE, related_name="attachments")
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="attachments")
    position = models.PositiveSmallIntegerField(default=0, db_default=0)  # in its message
    uploader = models.CharField(max_length=60)
    file = models.FileField(upload_to="attachments/%Y/%m")
    preview = models.FileField(upload_to="previews/%Y/%m", blank=True)
    name = models.CharField(max_length=160)
    size = models.PositiveIntegerField()
    content_type = models.CharField(max_length=100)
    checksum = models.CharField(max_length=64)
    width = models.PositiveSmallIntegerField(null=True)
    height = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "id"]
