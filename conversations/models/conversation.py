"""A conversation's identity (what never or seldom changes) and who takes part in it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from channels_app.models import Channel
from companies.models import Company
from customers.models import Customer, Visitor


class Conversation(models.Model):
    """Visibility sits here: `kind` is fixed at creation (INV-03).

    `discussion`: a further internal talk about a request, with a page of its own; not what stands beside its messages.
    `guest_count`: how many customers take part beside the one who asks.
    `merged_into`: what is written to this one goes there; its own messages stay where they are.
    """

    class Kind(models.TextChoices):
        DIRECT = "direct"
        CUSTOMER = "customer"
        INTERNAL = "internal"

    class Origin(models.TextChoices):
        APP = "app"
        WIDGET = "widget"
        EMAIL = "email"
        PORTAL = "portal"
        WEB_FORM = "web_form"
        DIRECTORY = "directory"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    company = models.ForeignKey(Company, null=True, on_delete=models.CASCADE, related_name="conversations")
    number = models.PositiveIntegerField(null=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    subject = models.CharField(max_length=200, blank=True)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    channel = models.ForeignKey(Channel, null=True, on_delete=models.PROTECT, related_name="conversations")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="conversations")
    visitor = models.ForeignKey(Visitor, null=True, on_delete=models.PROTECT, related_name="conversations")
    about = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="side_conversations")
    discussion = models.BooleanField(default=False, db_default=False)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, db_index=False, related_name="merged")
    guest_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    follow_up_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="follow_ups")
    start_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="conversation_number"),
            models.UniqueConstraint(fields=["visitor", "start_id"], name="start_once_per_visitor"),
            models.UniqueConstraint(fields=["customer", "start_id"], name="start_once_per_customer"),
            models.UniqueConstraint(
                fields=["about"], condition=Q(kind="internal", discussion=False), name="one_side_conversation"
            ),
            models.CheckConstraint(
                condition=~Q(kind="customer") | Q(customer__isnull=False) | Q(visitor__isnull=False),
                name="customer_kind_has_requester",
            ),
            models.CheckConstraint(
                condition=Q(kind="customer") | Q(customer__isnull=True, visitor__isnull=True),
                name="only_customer_kind_has_requester",
            ),
            models.CheckConstraint(
                condition=~Q(kind="direct") | Q(channel__isnull=True, company__isnull=True), name="direct_is_free"
            ),
            models.CheckConstraint(
                condition=Q(discussion=False) | Q(kind="internal", about__isnull=False), name="discussion_is_about"
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(kind="customer"), name="only_requests_are_merged"
            ),
        ]
        indexes = [
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="conversation_merged"),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.subject}"

    @property
    def requester_label(self) -> str:
        """How agents read the person who asks; empty for internal and direct ones."""
        person = self.customer or self.visitor
        if person is None:
            return ""
        return person.label


class Participant(models.Model):
    """A person's place in a conversation and how far they have read; also the read mark of who only looks in."""

    class Side(models.TextChoices):
        TEAM = "team"
        REQUESTER = "requester"
        PEER = "peer"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, db_index=False)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE)
    visitor = models.ForeignKey(Visitor, null=True, on_delete=models.CASCADE)
    side = models.CharField(max_length=9, choices=Side.choices)
    following = models.BooleanField(default=False)
    last_read_seq = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(null=True)
    mailed_seq = models.PositiveIntegerField(default=0, db_default=0)  # up to here it was sent to them by mail
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True)
    # A user's: when the conversation was closed, empty while it is open. Kept by the database (0011_followed).
    closed_at = models.DateTimeField(null=True)
    # Of a direct conversation: put away by this person; told of silently; out of sight until then, or an answer.
    archived_at = models.DateTimeField(null=True)
    muted = models.BooleanField(default=False, db_default=False)
    snoozed_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    # What stood there before they joined; a customer whom the team has added beside the one who asks.
    since_seq = models.PositiveIntegerField(default=0, db_default=0)
    guest = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "user"], name="participant_user_once"),
            models.UniqueConstraint(fields=["conversation", "customer"], name="participant_customer_once"),
            models.UniqueConstraint(fields=["conversation", "visitor"], name="participant_visitor_once"),
            models.CheckConstraint(
                condition=Q(user__isnull=False, customer__isnull=True, visitor__isnull=True)
                | Q(user__isnull=True, customer__isnull=False, visitor__isnull=True)
                | Q(user__isnull=True, customer__isnull=True, visitor__isnull=False),
                name="participant_is_one_person",
            ),
            models.CheckConstraint(
                condition=Q(guest=False) | Q(customer__isnull=False, side="requester"), name="guests_are_customers"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "conversation"], name="participant_newest"),
            models.Index(fields=["user", "conversation"], condition=Q(side="peer"), name="participant_peer"),
            models.Index(
                fields=["user", "conversation"],
                condition=Q(following=True, left_at=None, closed_at=None),
                name="participant_open",
            ),
            models.Index(fields=["customer", "conversation"], condition=Q(guest=True), name="participant_guest"),
        ]

    @property
    def person_key(self) -> str:
        """“user:5”: as events and authors name people."""
        kind = "user" if self.user_id else "customer" if self.customer_id else "visitor"
        return f"{kind}:{self.user_id or self.customer_id or self.visitor_id}"
