"""Mail as rows: what must go out (OutgoingMail), what came in (IncomingMail), where people answer to (ReplyAddress)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper


class OutgoingMail(models.Model):
    """One mail to one person, written in the transaction of its cause; `key` makes the cause send it once."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        BOUNCED = "bounced"

    key = models.CharField(max_length=200, unique=True)
    to = models.CharField(max_length=254)
    sender_name = models.CharField(max_length=200, blank=True)
    reply_to = models.CharField(max_length=254, blank=True)
    message_id = models.CharField(max_length=255)
    in_reply_to = models.CharField(max_length=255, blank=True)
    references = models.JSONField(default=list)
    subject = models.CharField(max_length=500)
    text = models.TextField()
    html = models.TextField(blank=True)
    auto = models.BooleanField()
    # Carries a link or code that lets somebody in: the words go as soon as the mail has gone.
    secret = models.BooleanField(default=False)
    bounce_hash = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    # When a worker may take it: the next attempt while queued, the end of the lease while sending, empty once settled.
    next_try_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_try_at", "id"], condition=Q(next_try_at__isnull=False), name="outgoing_due"),
            models.Index(fields=["message_id"], name="outgoing_message_id"),
            models.Index(Upper("to"), F("created_at").desc(), name="outgoing_to"),
            models.Index(fields=["-id"], condition=Q(state__in=["failed", "bounced"]), name="outgoing_undelivered"),
        ]


class IncomingMail(models.Model):
    """The ledger: one row per raw mail and recipient; it ends in exactly one outcome with a reason in plain words."""

    class State(models.TextChoices):
        RECEIVED = "received"
        PROCESSING = "processing"
        DONE = "done"
        QUARANTINED = "quarantined"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True)
    raw = models.BinaryField()
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    recipient = models.CharField(max_length=254, blank=True)
    # Empty = the null sender of machines (<>), NULL = the way in does not tell.
    envelope_from = models.CharField(max_length=254, null=True)  # noqa: DJ001
    via = models.CharField(max_length=10)
    message_id = models.CharField(max_length=255, blank=True)
    from_email = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.RECEIVED)
    # When a worker may take it: at once, after a failed attempt's pause, at the end of a lease; empty once settled.
    next_try_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    address = models.ForeignKey("ReplyAddress", null=True, on_delete=models.SET_NULL, related_name="received")
    outcome = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sha256", "recipient"], name="incoming_once")]
        indexes = [
            models.Index(fields=["next_try_at", "id"], condition=Q(next_try_at__isnull=False), name="incoming_due"),
            models.Index(fields=["state", "-id"], name="incoming_state"),
            models.Index(fields=["outcome", "-id"], name="incoming_outcome"),
            models.Index(fields=["done_at"], name="incoming_done"),
        ]


class ReplyAddress(models.Model):
    """What a reply token stands for: the thing answered (kind, subject_id) and the one mailbox that got the token."""

    token_hash = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    recipient = models.CharField(max_length=60)
    recipient_email = models.CharField(max_length=254)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["recipient"], name="reply_recipient"),
            models.Index(fields=["kind", "subject_id"], name="reply_subject"),
        ]
