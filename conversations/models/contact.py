"""Whom a user knows: their personal address list."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from channels_app.models import Channel


class Contact(models.Model):
    """A person or a channel in one user's list (M-08); comes in by itself with the first message (A-08).

    `blocked_at`: the owner takes no messages from this person in the conversation of the two.
    """

    class Source(models.TextChoices):
        COLLEAGUE = "colleague"
        DIRECTORY = "directory"
        CONVERSATION = "conversation"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="contacts")
    target = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    channel = models.ForeignKey(Channel, null=True, on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=12, choices=Source.choices)
    blocked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "target"], name="contact_person_once_per_owner"),
            models.UniqueConstraint(fields=["owner", "channel"], name="contact_channel_once_per_owner"),
            models.CheckConstraint(
                condition=Q(target__isnull=False, channel__isnull=True) | Q(target__isnull=True, channel__isnull=False),
                name="contact_is_one",
            ),
            models.CheckConstraint(
                condition=Q(blocked_at__isnull=True) | Q(target__isnull=False), name="only_people_are_blocked"
            ),
        ]
