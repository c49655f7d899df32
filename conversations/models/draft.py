"""What a person has begun to write and not sent yet: one sheet per conversation and readers, on every device alike."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from conversations.models.conversation import Conversation


class Sheet(models.TextChoices):
    """Who reads it: whoever is answered, or colleagues alone."""

    REPLY = "reply"
    INTERNAL = "internal"


class Draft(models.Model):
    """Text and uploaded files (public ids). `version` goes up with every change: no older copy replaces a newer."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, db_index=False, related_name="drafts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False, related_name="drafts")
    kind = models.CharField(max_length=8, choices=Sheet.choices)
    body = models.TextField(max_length=25_000, blank=True)
    files = ArrayField(models.UUIDField(), default=list)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "conversation", "kind"], name="draft_once")]
        indexes = [
            models.Index(fields=["conversation"], name="draft_of_conversation"),
            models.Index(fields=["updated_at"], name="draft_age"),
        ]
