"""A user's work in a company."""

from __future__ import annotations

import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from companies.models.company import Company
from companies.quiet import quiet_until, spans_of


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
    # Do not disturb until then, and at these hours of every week: {"0": ["22:00", "07:00"]}, in the user's time zone.
    quiet_until = models.DateTimeField(null=True, blank=True)
    quiet_hours = models.JSONField(default=dict, blank=True)
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

    def quiet_ends(self, now: datetime) -> datetime | None:
        """When it is over, if the member is not to be disturbed at `now`; else None."""
        if not self.quiet_hours and (self.quiet_until is None or self.quiet_until <= now):
            return None
        return quiet_until(spans_of(self.quiet_hours), ZoneInfo(self.user.time_zone), self.quiet_until, now)

    @property
    def is_quiet(self) -> bool:
        """Not to be disturbed at this moment: colleagues see a moon."""
        return self.quiet_ends(timezone.now()) is not None
