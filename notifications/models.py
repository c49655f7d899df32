"""Who is told what: notices (in-app at once, by mail after the unseen minute) and each person's preferences."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from conversations.models import Conversation
from customers.models import Customer, Visitor


class Notice(models.Model):
    """Unseen messages of one conversation for one person; one mail carries them all (N-33, INV-07)."""

    class State(models.TextChoices):
        PENDING = "pending"
        SEEN = "seen"
        EMAILED = "emailed"
        SUPPRESSED = "suppressed"

    class Cause(models.TextChoices):
        MESSAGE = "message"
        OFFER = "offer"
        UNCLAIMED = "unclaimed"
        ASSIGNED = "assigned"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="notices")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="notices")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="notices")
    visitor = models.ForeignKey(Visitor, null=True, on_delete=models.CASCADE, related_name="notices")
    cause = models.CharField(max_length=10, choices=Cause.choices)
    offer_id = models.BigIntegerField(null=True)
    first_seq = models.PositiveIntegerField()
    last_seq = models.PositiveIntegerField()
    count = models.PositiveIntegerField(default=1)
    in_app = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    reason = models.CharField(max_length=30, blank=True)
    settled_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(state="pending", due_at__isnull=False), name="notice_due"
            ),
            models.Index(fields=["user"], condition=Q(seen_at=None, in_app=True), name="notice_unseen_of_user"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "user"], condition=Q(state="pending"), name="one_pending_notice_user"
            ),
            models.UniqueConstraint(
                fields=["conversation", "customer"], condition=Q(state="pending"), name="one_pending_notice_customer"
            ),
            models.UniqueConstraint(
                fields=["conversation", "visitor"], condition=Q(state="pending"), name="one_pending_notice_visitor"
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False, customer__isnull=True, visitor__isnull=True)
                | Q(user__isnull=True, customer__isnull=False, visitor__isnull=True)
                | Q(user__isnull=True, customer__isnull=True, visitor__isnull=False),
                name="notice_is_for_one_person",
            ),
        ]

    @property
    def person_key(self) -> str:
        """“user:5”: as events name people."""
        kind = "user" if self.user_id else "customer" if self.customer_id else "visitor"
        return f"{kind}:{self.user_id or self.customer_id or self.visitor_id}"


class Preference(models.Model):
    """How one user wants to be told; a missing row means the defaults (model.md §8)."""

    class Scope(models.TextChoices):
        ALL = "all"
        MINE = "mine"
        NONE = "none"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preference")
    customer_messages = models.CharField(max_length=4, choices=Scope.choices, default=Scope.ALL)
    user_to_customer = models.CharField(max_length=4, choices=Scope.choices, default=Scope.MINE)
    internal = models.BooleanField(default=True)
    direct = models.BooleanField(default=True)
    in_app = models.BooleanField(default=True)
    sound = models.BooleanField(default=True)
    flash_tab = models.BooleanField(default=True)
    email = models.BooleanField(default=True)
    enter_sends = models.BooleanField(default=False)
