"""A team's work-space and who works in it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from companies.models import Company


class Inbox(models.Model):
    """Team work-space; assignment off = open mode (model.md §1.5)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="inboxes")
    name = models.CharField(max_length=80)
    assignment_enabled = models.BooleanField(default=True)
    is_default = models.BooleanField(default=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["company"], condition=Q(is_default=True), name="one_default_inbox"),
            models.UniqueConstraint(fields=["company", "name"], name="inbox_name_per_company"),
        ]

    def __str__(self) -> str:
        return self.name


class InboxMembership(models.Model):
    """A user's role in one inbox (G-26); company admins count as managers without a row."""

    class Role(models.TextChoices):
        TEAM_MEMBER = "team_member"
        MANAGER = "manager"

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="inbox_memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="inbox_memberships")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.TEAM_MEMBER)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inbox", "user"], name="inbox_member_once")]
