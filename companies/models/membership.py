"""A user's work in a company."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from companies.models.company import Company


class Membership(models.Model):
    """One user in one company: role, position, state and availability."""

    class Role(models.TextChoices):
        ADMIN = "admin"
        MEMBER = "member"

    class State(models.TextChoices):
        ACTIVE = "active"
        DEACTIVATED = "deactivated"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.MEMBER)
    position = models.CharField(max_length=80)
    engagement_licence = models.BooleanField(default=True)
    may_post_customer_replies = models.BooleanField(default=True)
    may_manage_customers = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ACTIVE)
    available = models.BooleanField(default=True)
    rights_epoch = models.PositiveIntegerField(default=0)
    joined_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(state="active"), name="one_active_membership"),
            models.UniqueConstraint(fields=["company", "user"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user.full_name} · {self.company.name}"

    @property
    def is_admin(self) -> bool:
        return self.role == self.Role.ADMIN
