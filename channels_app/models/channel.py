"""An entrance with a ring group, its members and its hours."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from channels_app.models.inbox import Inbox
from companies.models import Company


class Channel(models.Model):
    """Entrance whose requests ring one member at a time (M-31…M-44). Durations are seconds."""

    class Order(models.TextChoices):
        ROTATION = "rotation"
        FIXED = "fixed"

    class State(models.TextChoices):
        ACTIVE = "active"
        PAUSED = "paused"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="channels")
    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT, related_name="channels")
    name = models.CharField(max_length=80)
    purpose = models.CharField(max_length=200, blank=True)
    listed = models.BooleanField(default=True)
    ring_enabled = models.BooleanField(default=True)
    escalate_after_s = models.PositiveIntegerField(
        default=120, validators=[MinValueValidator(5), MaxValueValidator(86_400)]
    )
    order = models.CharField(max_length=8, choices=Order.choices, default=Order.ROTATION)
    max_rounds = models.PositiveSmallIntegerField(default=3, validators=[MinValueValidator(1), MaxValueValidator(10)])
    state = models.CharField(max_length=6, choices=State.choices, default=State.ACTIVE)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="channel_name_per_company"),
            models.CheckConstraint(
                condition=Q(escalate_after_s__gte=5, escalate_after_s__lte=86_400), name="escalation_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ChannelMember(models.Model):
    """A place in the ring."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="channel_memberships")
    position = models.PositiveSmallIntegerField()
    last_offered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["channel", "user"], name="channel_member_once")]


class OpeningHours(models.Model):
    """One slot of one weekday (0 = Monday) in the company's time zone; several a day; no slot at all = always open."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(validators=[MaxValueValidator(6)])
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="slot_forward"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="weekday_range"),
        ]


class Holiday(models.Model):
    """A closed day."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="holidays")
    date = models.DateField()
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["date"]
        constraints = [models.UniqueConstraint(fields=["channel", "date"], name="holiday_once")]
