"""The narrow, often written row of a conversation: its state, its newest seq and what a list shows."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from channels_app.models import Inbox
from conversations.models.conversation import Conversation

# What changes when somebody else is asked or holds it; a snooze ends with it.
ROUTING_FIELDS = ("routing", "assignee", "last_assignee_id", "snoozed_at", "snoozed_until", "snoozer_id")


class ConversationHead(models.Model):
    """State and list row; every writer locks it first, in order of id (model.md §4.2)."""

    class Status(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"
        LOCKED = "locked"

    class Routing(models.TextChoices):
        NONE = "none"
        WAITING = "waiting"
        RINGING = "ringing"
        UNCLAIMED = "unclaimed"
        ASSIGNED = "assigned"
        OPEN = "open"

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, primary_key=True, related_name="head")
    kind = models.CharField(max_length=8, choices=Conversation.Kind.choices)
    company_id = models.BigIntegerField(null=True)
    inbox = models.ForeignKey(Inbox, null=True, on_delete=models.PROTECT, db_index=False, related_name="heads")
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.OPEN)
    routing = models.CharField(max_length=9, choices=Routing.choices, default=Routing.NONE)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, db_index=False, related_name="assigned_heads"
    )
    last_assignee_id = models.BigIntegerField(null=True)
    last_seq = models.PositiveIntegerField(default=0)
    message_count = models.PositiveIntegerField(default=0)
    # Grows with every edit and deletion, so that a page that was asleep asks for what it missed.
    changes = models.PositiveIntegerField(default=0, db_default=0)
    last_activity = models.DateTimeField()
    preview = models.CharField(max_length=140, blank=True)
    preview_author = models.CharField(max_length=80, blank=True)
    first_reply_at = models.DateTimeField(null=True)
    # Since when the requester has waited for the team's next words; none while nobody waits.
    waiting_since = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=80, blank=True)
    # It rang or waited when it was closed: whoever opens it again has it rung.
    rings_again = models.BooleanField(default=False, db_default=False)
    snoozed_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)  # empty while it is snoozed: until the requester answers
    snoozer_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["inbox", "-last_activity", "-conversation"],
                condition=Q(status="open"),
                name="head_inbox_open",
            ),
            models.Index(
                fields=["inbox", "-closed_at", "-conversation"], condition=~Q(status="open"), name="head_inbox_closed"
            ),
            models.Index(
                fields=["inbox", "-last_activity", "-conversation"], condition=~Q(status="open"), name="head_inbox_old"
            ),
            models.Index(
                fields=["assignee", "-last_activity", "-conversation"],
                condition=Q(status="open"),
                name="head_assignee_open",
            ),
            models.Index(
                fields=["inbox", "routing", "-last_activity"],
                condition=Q(status="open", routing__in=["unclaimed", "ringing", "waiting"]),
                name="head_unassigned",
            ),
            models.Index(fields=["last_activity"], condition=Q(status="closed"), name="head_to_lock"),
            models.Index(
                fields=["inbox", "-last_activity", "-conversation"],
                condition=Q(status="open", snoozed_at__isnull=False),
                name="head_snoozed",
            ),
            models.Index(
                fields=["inbox", "waiting_since", "conversation"],
                condition=Q(status="open", waiting_since__isnull=False),
                name="head_waiting",
            ),
            models.Index(
                fields=["assignee", "-closed_at", "-conversation"],
                condition=~Q(status="open") & Q(assignee__isnull=False),
                name="head_assignee_closed",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(routing="assigned", assignee__isnull=False)
                | (~Q(routing="assigned") & Q(assignee__isnull=True)),
                name="assignee_iff_assigned",
            ),
            models.CheckConstraint(condition=~Q(kind="customer") | Q(inbox__isnull=False), name="customer_has_inbox"),
            models.CheckConstraint(
                condition=~Q(kind="direct") | Q(inbox__isnull=True, routing="none"), name="direct_has_no_routing"
            ),
            models.CheckConstraint(condition=~Q(kind="internal") | Q(routing="none"), name="internal_has_no_routing"),
            # What rings, waits or is nobody's is never out of sight.
            models.CheckConstraint(
                condition=Q(snoozed_at__isnull=True, snoozed_until__isnull=True)
                | Q(snoozed_at__isnull=False, kind="customer", status="open", routing__in=["assigned", "open"]),
                name="only_what_is_held_is_snoozed",
            ),
        ]

    def wake(self) -> bool:
        """Snoozed no longer, in memory only; whoever changed the locked head saves it. Whether it was."""
        was = self.snoozed_at is not None
        self.snoozed_at = self.snoozed_until = self.snoozer_id = None
        return was
