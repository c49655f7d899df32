"""Who is told what: notices (in-app at once, by push, by mail after the unseen minute), wishes, devices."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

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
        MENTION = "mention"
        SNOOZE = "snooze"
        FAILED = "failed"
        RETURNED = "returned"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="notices")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="notices")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="notices")
    visitor = models.ForeignKey(Visitor, null=True, on_delete=models.CASCADE, related_name="notices")
    cause = models.CharField(max_length=10, choices=Cause.choices)
    # The row of the preferences that it belongs to (policy.ROWS), and who brought it about besides the author.
    row = models.CharField(max_length=10, default="mine")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    offer_id = models.BigIntegerField(null=True)
    first_seq = models.PositiveIntegerField()
    last_seq = models.PositiveIntegerField()
    count = models.PositiveIntegerField(default=1)
    in_app = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    at = models.DateTimeField(default=timezone.now)  # when the newest of it happened
    due_at = models.DateTimeField(null=True)
    pushed_at = models.DateTimeField(null=True)
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
            models.Index(
                fields=["user", "-at", "-id"], condition=Q(user__isnull=False, in_app=True), name="notice_centre"
            ),
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
    """How one user wants to be told; a missing row means the defaults (policy.DEFAULTS, model.md §8)."""

    class QuietMail(models.TextChoices):
        SEND = "send"
        WAIT = "wait"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preference")
    # The two switches of the user panel (N-27), and the ways in use at all (N-54, N-56).
    from_customers = models.BooleanField(default=True)
    from_users = models.BooleanField(default=True)
    in_app = models.BooleanField(default=True)
    sound = models.BooleanField(default=True)
    flash_tab = models.BooleanField(default=True)
    push = models.BooleanField(default=True)
    email = models.BooleanField(default=True)
    # {row: [ways]} where it is not the default.
    cells = models.JSONField(default=dict)
    quiet_mail = models.CharField(max_length=4, choices=QuietMail.choices, default=QuietMail.SEND)
    show_from_customers = models.BooleanField(default=True)


class PushSubscription(models.Model):
    """One browser of one user that takes push messages while no page is open; it ends with its session."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_subscriptions")
    session_key = models.CharField(max_length=40)
    endpoint = models.CharField(max_length=1000)
    endpoint_hash = models.CharField(max_length=64, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    device = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    pushed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-id"], name="push_of_user")]


class Push(models.Model):
    """One push message on its way to one device; gone as soon as it has arrived or cannot."""

    subscription = models.ForeignKey(PushSubscription, on_delete=models.CASCADE, related_name="pushes")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="pushes")
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscription", "notice"], name="one_push_on_its_way")]
        indexes = [models.Index(fields=["next_try_at", "id"], name="push_due")]
